"""Sorts of appliances: what each draws, how it distorts, and when it runs. Plain data, no code."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Phase:
    """A stretch of one run: how long, how many watts, and the state that the meter reports."""

    minutes: float
    watts: float
    state: str


@dataclass(frozen=True)
class Slot:
    """A time of day at which a run or a presence may begin.

    `hour` and `until_hour` are local hours (`until_hour` only for presence, it may pass 24); `spread_h`
    shifts the beginning at random; the two chances are for Monday to Friday and for the weekend.
    """

    hour: float
    chance: float
    weekend_chance: float
    spread_h: float = 1.5
    until_hour: float = 0.0


@dataclass(frozen=True)
class DeviceModel:
    """One sort of appliance. Power in watts, THD in percent, power factor between 0 and 1 (displacement).

    `rhythm` is `constant`, `cycle` (compressor on and off), `run` (programmes made of phases) or `presence`
    (on between two hours). A cycling kind's `demand` holds eight factors, one per three hours of the day.
    """

    rhythm: str
    watts: float
    power_factor: float
    thd: float
    on_state: str = "on"
    idle_state: str = "off"
    idle_watts: float = 0.0
    idle_thd: float = 0.0
    on_minutes: float = 0.0
    off_minutes: float = 0.0
    demand: tuple[float, ...] = (1.0,) * 8
    slots: tuple[Slot, ...] = ()
    phases: tuple[Phase, ...] = field(default_factory=tuple)
    names: tuple[str, ...] = ()


KINDS: dict[str, DeviceModel] = {
    "fridge": DeviceModel(
        "cycle", 95, 0.72, 11.5, "cooling", "standby", 2.4, 38.0, 16, 27,
        demand=(0.8, 0.8, 1.0, 1.1, 1.2, 1.1, 1.3, 1.0),
        names=("Fridge", "Kitchen fridge", "Refrigerator", "Bosch Fridge", "Kühlschrank", "冷蔵庫"),
    ),
    "freezer": DeviceModel(
        "cycle", 120, 0.68, 13.2, "cooling", "standby", 1.8, 35.0, 22, 48,
        names=("Freezer", "Garage freezer", "Chest freezer", "Liebherr GN", "Gefrierschrank", "Congelador"),
    ),
    "heat_pump": DeviceModel(
        "cycle", 1850, 0.93, 6.2, "heating", "standby", 14.0, 44.0, 34, 38,
        demand=(1.0, 1.5, 1.6, 0.8, 0.5, 0.7, 1.3, 1.2),
        names=("Heat pump", "Daikin Altherma", "Wärmepumpe", "Heat pump 1", "Hydronic unit"),
    ),
    "air_conditioner": DeviceModel(
        "cycle", 1120, 0.9, 9.4, "cooling", "standby", 6.0, 52.0, 18, 30,
        demand=(0.3, 0.2, 0.3, 0.8, 1.6, 1.8, 1.5, 0.7),
        names=("Air conditioner", "Bedroom AC", "Mitsubishi split", "Klimaanlage", "エアコン", "Aircon 2"),
    ),
    "dehumidifier": DeviceModel(
        "cycle", 260, 0.78, 16.8, "drying", "idle", 3.1, 41.0, 25, 35,
        names=("Dehumidifier", "Cellar dryer", "Meaco Arete", "Luftentfeuchter"),
    ),
    "oven": DeviceModel(
        "run", 2300, 0.997, 1.6, "heating", "off",
        slots=(Slot(12.2, 0.25, 0.6, 1.0), Slot(18.6, 0.75, 0.6, 1.2)),
        phases=(Phase(11, 2300, "heating"), Phase(6, 70, "on"), Phase(8, 2280, "heating"), Phase(9, 70, "on"),
                Phase(7, 2290, "heating"), Phase(8, 70, "on")),
        names=("Oven", "Siemens HB634", "Backofen", "Pizza oven", "Cuisinière", "Stove"),
    ),
    "washing_machine": DeviceModel(
        "run", 420, 0.82, 19.5, "on", "standby", 1.3, 62.0,
        slots=(Slot(9.0, 0.35, 0.85, 2.0), Slot(17.2, 0.3, 0.5, 2.0)),
        phases=(Phase(6, 95, "washing"), Phase(24, 2020, "washing"), Phase(42, 160, "washing"),
                Phase(14, 120, "rinsing"), Phase(9, 480, "spinning")),
        names=("Washing machine", "Washer", "Miele W1", "Waschmaschine", "Lave-linge", "LG Washtower"),
    ),
    "dryer": DeviceModel(
        "run", 900, 0.88, 14.1, "on", "standby", 0.9, 58.0,
        slots=(Slot(11.5, 0.3, 0.7, 2.0), Slot(19.8, 0.3, 0.4, 1.5)),
        phases=(Phase(70, 860, "drying"), Phase(12, 190, "cooling down")),
        names=("Tumble dryer", "Clothes dryer", "Trockner", "AEG Lavatherm", "Sèche-linge"),
    ),
    "dishwasher": DeviceModel(
        "run", 700, 0.94, 8.3, "on", "off", 0.6, 55.0,
        slots=(Slot(14.0, 0.15, 0.5, 1.5), Slot(20.6, 0.85, 0.8, 1.2)),
        phases=(Phase(12, 60, "washing"), Phase(19, 1960, "washing"), Phase(36, 75, "washing"),
                Phase(14, 1940, "rinsing"), Phase(22, 35, "drying")),
        names=("Dishwasher", "Geschirrspüler", "Bosch SMS46", "Lave-vaisselle", "食洗機"),
    ),
    "tv": DeviceModel(
        "presence", 132, 0.9, 24.6, "on", "standby", 0.8, 71.0,
        slots=(Slot(7.1, 0.4, 0.2, 0.6, 8.0), Slot(12.8, 0.05, 0.5, 1.5, 15.0),
               Slot(18.9, 0.95, 0.95, 0.8, 22.9)),
        names=("TV", "Television", "Living room TV", "Samsung Q70", "Fernseher", "テレビ", "Télévision"),
    ),
    "office": DeviceModel(
        "presence", 168, 0.93, 28.3, "on", "standby", 4.2, 66.0,
        slots=(Slot(8.4, 0.9, 0.1, 0.8, 12.4), Slot(13.3, 0.9, 0.3, 0.6, 17.6)),
        names=("Home office", "Computer", "Gaming PC", "Desk 4", "Arbeitszimmer", "Mac Studio"),
    ),
    "console": DeviceModel(
        "presence", 154, 0.95, 21.2, "on", "standby", 1.1, 69.0,
        slots=(Slot(16.5, 0.4, 0.6, 1.5, 18.5), Slot(21.0, 0.3, 0.5, 1.0, 23.2)),
        names=("Game console", "PlayStation 5", "Xbox", "Nintendo Switch"),
    ),
    "lights": DeviceModel(
        "presence", 215, 0.86, 17.9, "on", "off",
        slots=(Slot(6.4, 0.9, 0.5, 0.7, 8.1), Slot(17.9, 1.0, 1.0, 0.5, 23.3)),
        names=("Lights", "Lighting", "Kitchen lights", "Beleuchtung", "Philips Hue", "照明", "Garden lamps"),
    ),
    "router": DeviceModel(
        "constant", 11.5, 0.57, 84.0,
        names=("Router", "Fritzbox", "Internet box", "WLAN", "Access point 2"),
    ),
    "server": DeviceModel(
        "constant", 64.0, 0.91, 31.0, "running",
        names=("NAS", "Home server", "Synology DS920", "Server rack", "Proxmox node"),
    ),
    "aquarium": DeviceModel(
        "constant", 38.0, 0.79, 22.5,
        names=("Aquarium", "Fish tank", "Terrarium", "Acuario"),
    ),
    "ev_charger": DeviceModel(
        "run", 7200, 0.99, 3.9, "charging", "standby", 4.6, 48.0,
        slots=(Slot(18.2, 0.45, 0.25, 1.5), Slot(23.6, 0.35, 0.3, 1.0)),
        phases=(Phase(4, 3600, "charging"), Phase(96, 7200, "charging"), Phase(18, 2300, "charging")),
        names=("EV charger", "Wallbox", "Car charger", "Tesla Wall Connector", "Zappi", "Ladestation"),
    ),
    "water_heater": DeviceModel(
        "run", 2000, 0.998, 1.2, "heating", "idle", 0.0, 0.0,
        slots=(Slot(5.8, 0.95, 0.9, 0.6), Slot(13.6, 0.6, 0.8, 1.5), Slot(21.6, 0.95, 0.95, 0.8)),
        phases=(Phase(38, 2000, "heating"),),
        names=("Water heater", "Boiler", "Durchlauferhitzer", "Chauffe-eau", "給湯器", "Calentador"),
    ),
    "kettle": DeviceModel(
        "run", 2150, 0.998, 1.4, "on", "off",
        slots=(Slot(6.9, 0.95, 0.6, 0.6), Slot(10.4, 0.5, 0.8, 1.0), Slot(16.1, 0.7, 0.8, 1.0)),
        phases=(Phase(4, 2150, "on"),),
        names=("Kettle", "Electric kettle", "Wasserkocher", "Bouilloire", "Tea maker"),
    ),
    "coffee": DeviceModel(
        "run", 1350, 0.992, 4.4, "brewing", "standby", 2.6, 57.0,
        slots=(Slot(7.2, 0.95, 0.5, 0.6), Slot(9.6, 0.4, 0.9, 0.8), Slot(14.2, 0.6, 0.7, 1.0)),
        phases=(Phase(3, 1350, "heating"), Phase(4, 880, "brewing"), Phase(22, 64, "warming")),
        names=("Coffee machine", "Espresso", "DeLonghi", "Kaffeemaschine", "Nespresso"),
    ),
    "pool_pump": DeviceModel(
        "presence", 780, 0.81, 7.3, "pumping", "off",
        slots=(Slot(9.5, 1.0, 1.0, 0.4, 13.5), Slot(16.0, 0.8, 0.8, 0.4, 18.0)),
        names=("Pool pump", "Well pump", "Poolpumpe", "Irrigation"),
    ),
    "compressor": DeviceModel(
        "cycle", 2900, 0.84, 10.8, "loaded", "unloaded", 640.0, 14.6, 9, 14,
        demand=(0.2, 0.2, 1.4, 1.6, 1.6, 1.4, 0.3, 0.2),
        names=("Compressor", "Line 2 compressor", "Atlas Copco GA5", "Kompressor"),
    ),
    "mill": DeviceModel(
        "presence", 3400, 0.79, 33.5, "machining", "ready", 210.0, 47.0,
        slots=(Slot(7.3, 0.95, 0.1, 0.4, 11.8), Slot(12.6, 0.95, 0.0, 0.3, 16.4)),
        names=("CNC mill", "Haas VF2", "Lathe", "Fräse", "Station 3"),
    ),
    "fan": DeviceModel(
        "presence", 330, 0.74, 5.6, "on", "off",
        slots=(Slot(6.5, 1.0, 0.4, 0.5, 17.5),),
        names=("Extractor fan", "Ventilation", "Lüftung", "Blower B", "Fan 12"),
    ),
}  # fmt: skip

HOME_KINDS: tuple[str, ...] = (
    "fridge", "freezer", "heat_pump", "air_conditioner", "dehumidifier", "oven", "washing_machine", "dryer",
    "dishwasher", "tv", "office", "console", "lights", "router", "server", "aquarium", "ev_charger",
    "water_heater", "kettle", "coffee", "pool_pump",
)  # fmt: skip
WORKSHOP_KINDS: tuple[str, ...] = (
    "compressor", "mill", "fan", "lights", "server", "coffee", "air_conditioner", "pool_pump", "office",
    "oven",
)  # fmt: skip

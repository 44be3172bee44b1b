"""Names, states and zones of made-up sites."""

ZONES = ("UTC", "Europe/Madrid", "America/New_York", "Asia/Tokyo", "Australia/Adelaide")
NAMES = tuple(
    """
    Oven|Fridge|Freezer|TV|Washing Machine|Dishwasher|Lights|Heat Pump|EV charger|Kettle|Router|Toaster
    |Kitchen Lights|Garage door|Boiler|Desk lamp|Laptop|Microwave|Air conditioner|Pumps|Server rack|Lathe
    |Compressor|Office printers|Coffee machine|Hob|Dryer|iMac|PC
    """.replace("\n    ", "")
    .strip()
    .split("|")
)
# Never seen in training; with slots a name only decides between "is" and "are".
UNSEEN_NAMES = tuple(
    """
    Sauna|Welding robot|Speakers|Anna's lamp|Aquarium pumps|NAS|Kühlschrank|冰箱|Холодильник|Wine cooler
    |3D printer|Projectors|Bench drill|Conveyor belt 2|UPS|The big oven|Terrarium heater
    """.replace("\n    ", "")
    .strip()
    .split("|")
)
STATES = ("on", "off", "standby", "Idle", "heating", "cooling", "washing", "ON", "charging", "spin cycle")

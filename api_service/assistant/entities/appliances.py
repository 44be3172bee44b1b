"""What appliances are called. The names on one line are one and the same thing to a person who asks."""

from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

_GROUPS = """
fridge, refrigerator, icebox, fridge freezer
freezer, deep freezer, chest freezer, deep freeze
washing machine, washer, laundry machine, clothes washer
dryer, tumble dryer, clothes dryer, laundry dryer, drier, tumble drier
dishwasher, dish washer
oven, baking oven
stove, cooker, hob, cooktop, induction hob, range
microwave, microwave oven
kettle, water kettle, electric kettle
toaster
coffee machine, coffee maker, espresso machine, coffeemaker
tv, television, telly, tv set
air conditioner, air conditioning, aircon, ac, a c, aircondition
heat pump, heatpump
water heater, boiler, geyser, hot water heater, hot water tank, hot water
space heater, electric heater, radiator, fan heater
ev charger, car charger, wallbox, wall box, charging station, ev, electric car, charge point, charger
lights, lighting, lamps, lamp, light
computer, pc, desktop, desktop computer, workstation
laptop, notebook
server, home server
nas, network storage
router, wifi router, wi fi router, modem
game console, games console, gaming console, console
dehumidifier
humidifier
fan, ventilator
ventilation, ventilation system, hrv, mvhr
vacuum, vacuum cleaner, hoover
robot vacuum, robot vacuum cleaner
hair dryer, hairdryer, hair drier, blow dryer
hot tub, whirlpool, jacuzzi
swimming pool, pool
pool pump
pool heater
well pump
water pump
sump pump
circulation pump
pump
compressor, air compressor
sauna
aquarium, fish tank
printer
3d printer
monitor, screen
speaker, speakers, sound system, stereo
projector
iron
treadmill
elevator, lift
garage door
doorbell
lawn mower, mower
shower
blender
mixer
toothbrush
electric blanket
wine fridge, wine cooler
beer fridge
ice maker
solar panels, solar, pv, photovoltaics
battery, powerwall
inverter
ups
welder
lathe
kiln
drill
saw
thermostat
underfloor heating, floor heating
heating
cooling
alarm
camera, cameras
phone, phone charger
tablet
piano
shed
garage
cellar
attic
basement
garden
kitchen
bathroom
bedroom
living room
office
"""

GROUPS: tuple[tuple[str, ...], ...] = tuple(
    tuple(name.strip() for name in line.split(",")) for line in _GROUPS.strip().splitlines()
)
"""Synonyms, one tuple for each sort of appliance (or room, which is asked about in the same way)."""

# Together with one of these, an appliance's name means a part of it or another thing.
PARTS = frozenset(
    {"door", "light", "lamp", "fan", "pump", "motor", "heater", "filter", "display", "clock", "compressor"}
)


@cache
def group_of(name: str) -> tuple[str, ...]:
    """All names of the thing that `name` (folded) is a name of; only itself where it is unheard of."""
    for group in GROUPS:
        if name in group:
            return group
    return (name,)


@cache
def is_appliance(name: str) -> bool:
    """Whether the folded name, in the singular or plural, is one of an appliance."""
    forms = {name, name.removesuffix("s"), name.removesuffix("es")}
    return any(form in group for group in GROUPS for form in forms)


@cache
def resembles_appliance(name: str) -> bool:
    """Whether the folded name is one of an appliance but for a slip; short names must be exact."""
    if is_appliance(name):
        return True
    limit = 0 if len(name) < 6 else 1 if len(name) < 8 else 2
    if limit == 0:
        return False
    names = [other for group in GROUPS for other in group]
    return process.extractOne(name, names, scorer=OSA.distance, score_cutoff=limit) is not None

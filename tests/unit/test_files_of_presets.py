"""A table in the form of each preset: which origin it is recognised as, and what it must give."""

import pytest

from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.recognition.presets.preset import presets
from tests.support.file_reading import read_file

M = ReadOptions(device="M")
TEN = range(10)
CLOCKS = ",".join(
    f"{name} {phase} Avg" for name in ("Vrms ph-n", "Current", "Active Power") for phase in "ABC"
)

# A header and a row, and the mean power that one of the devices must have.
PRESETS = {
    "Shelly EM and Pro": ("timestamp,total_act_energy,fund_act_energy,avg_voltage\n{e},3,3,230", "M", 180),
    "Shelly 3EM": ("timestamp,a_total_act_energy,b_total_act_energy\n{e},3,2", "M", 300),
    "first generation": ("Date/time UTC,Active energy Wh,Returned energy Wh\n{t},3,0", "M", 180),
    "Tasmota": ("Time,Power,ApparentPower,ReactivePower,Factor,Total\n{t},100,110,9,0.9,7", "M", 100),
    "IoTaWatt": ("Time,Main_1.Watts,Solar.Watts\n{t},100,-50", "M Solar", -50),
    "Emporia": ("Time Bucket (UTC),Mains (kWhs)\n03/04/2025 10:{i:02}:00,0.05", "M", 3000),
    "Tuya": ("Time,Electricity(kWh)\n2025-03-1{i},0.24", "M", 10),
    "Emoncms": ("Unix timestamp,Date-time string,use,outside_temp\n{e},{t},100,7", "M", 100),
    "UCI": (
        "Date;Time;Global_active_power;Global_intensity;Sub_metering_1\n3/4/2007;10:{i:02}:00;1.2;5;0",
        "M", 1200,
    ),
    "British": ("Consumption (kwh),Start,End\n0.25,2025-03-03T1{i}:00Z,2025-03-03T1{i}:30Z", "M", 500),
    "Smart Meter Texas": (
        "ESIID,USAGE_DATE,USAGE_START_TIME,USAGE_KWH,CONSUMPTION_SURPLUSGENERATION\n"
        "9,03/04/2025,0{i}:00,0.25,Surplus Generation", "9 export", -1000
    ),
    "SolarEdge": ("Time,System Production (Wh)\n2025-03-03 1{i}:00,250", "M", 250),
    "Fronius": (
        "Date and time,Energy | Symo [Wh],Energy per inverter per kWp | Symo [x]\n04.03.2025 1{i}:00,100,1",
        "M", 100,
    ),
    "HOBO": ('#,"Date Time, GMT+00:00","Power, kW (LGR 1)"\n{i},03/04/25 10:{i:02}:00 AM,1.5', "M", 1500),
    "REFIT": ("Time,Unix,Aggregate,Appliance1,Issues\n{t},{e},523,74,0", "M Appliance1", 74),
    "Enphase": ("Date/Time,Energy Produced (Wh)\n03/04/2025 1{i}:00,100", "M", 100),
    "ESB Networks": (
        "MPRN,Meter Serial Number,Read Value,Read Type,Read Date and End Time\n"
        "9,55,0.5,Active Export Interval (kW),04-03-2025 1{i}:30", "9 export", -500
    ),
    "Fluke power loggers": (
        f"Date,Time,{CLOCKS}\n03/13/2025,10:{{i:02}},229,230,231,1,2,3,100,200,300", "M", 600
    ),
    "Green Button, the table": (
        "TYPE,DATE,START TIME,END TIME,USAGE (kWh),UNITS,COST,NOTES\n"
        "Electric usage,2025-03-03,1{i}:00,1{i}:59,0.25,kWh,$0.05,", "M", 250
    ),
    "Home Assistant, history": ("entity_id,state,last_changed\nsensor.plug_power,100,{t}", "plug", 100),
    "Home Assistant, long-term": (
        "statistic_id,unit,start,mean,min,max,state,sum\nsensor.plug_power,W,{t},100,1,999,,", "plug", 100
    ),
    "Janitza": (
        "Datum/Uhrzeit;Spannung L1 [V];Wirkleistung L1 [W];Wirkleistung L2 [W];Wirkleistung L3 [W]\n"
        "04.03.2025 10:{i:02}:00;230,1;50,5;40,5;9,0", "M", 100
    ),
    "PZEM": ("timestamp,voltage,current,power,energy,frequency,pf\n{t},230,0.5,100,7{i},50,0.87", "M", 100),
    "Fluke 173x": ("Date;Time;Vrms_AN_avg;PowerP_Total_avg\n14.03.2025;10:{i:02};230;100", "M", 100),
    # 10 Wh a minute in the first tariff.
    "P1 Monitor": (
        "TIMESTAMP_UTC,VERBR_KWH_181,VERBR_KWH_182,GELVR_KWH_281,ACT_VERBR_KW_170\n"
        "{t},100.0{i}2,200,0,0.1", "M", 600
    ),
    "DSMR-reader": (
        "read_at,delivered_1,delivered_2,returned_1,returned_2,currently_delivered\n"
        "{t},100.0{i}2,200,0,0,0.1", "M", 600
    ),
    "Sense": (
        "DateTime,Device ID,Name,Device Type,Avg Wattage,kWh\n{t},77,Fridge,Fridge,100,0.0016", "Fridge", 100
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_reads_files_of_its_origin(name: str) -> None:
    text, device, watts = PRESETS[name]
    header, row = text.split("\n")
    # At most ten rows: some times have one figure for their number.
    rows = [row.format(i=i, e=1740996000 + 60 * i, t=f"2025-03-03 10:{i:02}:00") for i in TEN]
    found = read_file("\n".join([header, *rows]) + "\n", M if device.startswith("M") else None)
    assert any(note.startswith("form:") and name in note for note in found.layout.notes)
    assert {each: found.mean_w(each) for each in found.values if each == device} == {
        device: pytest.approx(watts)
    }
    is_index = any("energy_counter" in plan.values for plan in found.layout.plans)
    assert len(found.moments[device]) == len(TEN) - is_index


def test_presets_have_names_and_patterns_of_their_own_and_a_sample_each() -> None:
    found = presets()
    assert len({preset.name for preset in found}) == len({preset.columns for preset in found}) == len(found)
    samples = {preset.name for preset in found for name in PRESETS if name in preset.name}
    assert samples == {preset.name for preset in found}

"""The words that answers are made of: a device that is called by such words alone is quoted."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOCABULARY = _words(
    """
    a an the of in at by for from to with on as and but while is are was were be been has have had that which
    it its they their this these there i my your our know
    device devices appliance appliances consumer consumers user users one
    draw draws drew drawn drawing use uses used using pull pulls pulled pulling consume consumes consumed
    consuming consumption usage take takes took taking need needs needed account accounts accounted
    reach reached reaching ran hit go goes went through down
    power energy electricity voltage current frequency reactive apparent thd total harmonic distortion factor
    load share percent percentage reading readings value values state states status count
    right last approximately about around roughly list much many than against versus vs compared
    difference times active running
    most highest biggest largest greatest top first maximum max peak peaked peaks peaking
    least lowest smallest minimum min more higher larger bigger greater less lower smaller fewer
    same equal equally average averaged averaging mean now currently moment latest
    """
)

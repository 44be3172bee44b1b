"""The words that questions are made of; another word in the place of a device's name names a device."""

QUESTION_WORDS = """
what which who whose whom how when where why whether if is are was were be been being am do does did done
has have had having can could will would shall should may might must tell show give list say explain
describe name names report find check look see know want need needs needed wanted like get got display print
return compute calculate count many much long often far high low big large small well good bad
"""

FUNCTION_WORDS = """
the a an this that these those my our your his her its their it they them he she we us i me you one ones of
in on at to from by for with without within during over under about around across through into onto out up
down off as than then so and or but nor not no yes because while until till since before after between
against per each every all any some both either neither another other others else same such own only just
also too very quite rather more most less least few fewer several lot lots bit little there here again once
now still already yet ever never always usually sometimes vs versus via himself itself myself ourselves
themselves anyone anything everything something nothing someone everyone nobody whatever whichever etc plus
minus
"""

FILLERS = """
please thanks thank thankyou cheers ok okay hey hi hello yo right actually really exactly approximately
roughly basically literally honestly simply maybe perhaps possibly kindly quick quickly question wondering
wonder curious interested ask asking asked think guess idea ideas mate buddy friend sir madam dear assistant
bot morning evening day afternoon appreciate help hmm um uh er ah oh alright sure fine great nice cool sorry
excuse pardon btw way fyi info information details data figure figures number numbers value values reading
readings measurement measurements result results answer exact precise precisely sort kind type kinds types
level levels amount amounts quantity quantities rate rates word words short brief briefly summary overview
summarise summarize come go going went gone let make makes made take takes took taken happen happened
happening happens put keep keeps kept seem seems mean means meant try trying liked love able possible
currently latest recent recently lately actual overall generally general particular specific specifically
certain entire whole complete completely full fully alone together combined altogether sum summed total
totals totally grand even first second third fourth fifth last next previous past prior former latter final
lastly finally new old bigger biggest larger largest smaller smallest tiny huge greater greatest higher
highest lower lowest mostly main mainly major top bottom best better worst worse lesser heavy heavier
heaviest hungry hungrier hungriest greedy greedier greediest thirsty thirstiest efficient inefficient strong
stronger strongest weak weaker weakest close closest near nearest different difference differ differs
similar equal compared compare comparing comparison relative relation ratio contribute contributes
contributed contributing contribution account accounts accounted accounting responsible belong belongs
represent represents represented part parts portion portions share shares fraction fractions slice slices
proportion proportions percent percentage percents percentages cent cents hundred thousand half quarter
double twice single
"""

TIME_WORDS = """
today tonight yesterday tomorrow days daily week weeks weekly weekend weekends weekday weekdays month months
monthly year years yearly annual hour hours hourly hr hrs h minute minutes min mins seconds sec secs moment
moments instant time times period span ago night overnight noon midday midnight oclock pm monday tuesday
wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays
mon tue tues wed thu thur thurs fri sat sun january february march april june july august september october
november december jan feb mar apr jun jul aug sep sept oct nov dec date dates early earlier late later
present presently instantaneous live real history historical couple dozen start started starting end ended
ending begin began beginning fortnight decade century season spring summer autumn winter zero two three four
five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty ninety st nd rd th t utc
"""

ELECTRIC_WORDS = """
power powers powered powering energy electricity electric electrical electrically juice current currents
watt watts wattage w kw kwh wh mw mwh kilowatt kilowatts kilowatthour kilowatthours megawatt watthours
watthour kilowattstunden volt volts voltage voltages v amp amps ampere amperes amperage hz hertz frequency
frequencies thd thdi thdu harmonic harmonics distortion distortions distort distorts distorted distorting
factor factors pf cos phi cosphi cosine reactive apparent active var vars kvar va kva use uses used using
usage usages user users utilise utilize utilised utilized utilization utilisation consume consumes consumed
consuming consumption consumptions consumer consumers consumeing draw draws drew drawn drawing pull pulls
pulled pulling suck sucks sucked sucking hog hogs hogged hogging guzzle guzzles guzzled guzzling guzzler
guzzlers eat eats ate eaten eating eater eaters burn burns burnt burned burning swallow swallows swallowed
gobble gobbled gobbling chew chewed chewing spend spends spent spending load loads demand demands demanded
require requires required requiring requirement requirements needing device devices appliance appliances
machine machines gadget gadgets equipment equipments thing things stuff item items cluster clusters circuit
circuits channel channels sensor sensors meter meters metered house household home building site place flat
apartment property premises grid mains system unit units network supply average averages averaged avg median
typical typically peak peaks peaked peaking max maximum maxima maximal minimum minima minimal spike spikes
spiked topped record records recorded reach reaches reached hit hits baseline base baseload standby idle
state states status statuses condition mode doing running run runs ran activity inactive switched switch
turned turn reporting reports reported online offline alive working work works worked operating operate
operates operation operational charging charged heating cooling washing drying spinning playing paused
sleeping asleep awake connected disconnected plugged unplugged monitored monitor monitoring measure measured
measures measuring track tracked tracking known inventory available rank ranked ranking rankings order
ordered sorted leader leaderboard descending ascending breakdown cost costs price prices bill bills tariff
money pay paying paid euro euros dollar dollars pounds expensive cheap cheapest trend trends pattern
patterns profile anomaly anomalies unusual abnormal strange weird odd gap gaps coverage sag sags swell
swells dip dips outage outages surge surges above below exceed exceeds exceeded exceeding threshold limit
limits cycle cycles runtime duration efficiency temperature humidity water gas pressure control open opened
opening closed closing lock locked unlocked lit shining carbon emission emissions co solar generate
generated generating generation produce produced producing production export exported import imported net
balance save saving savings reduce tip tips advice recommend recommendation forecast predict prediction
expect expected quality missing stopped silent dead lost increase increased increasing decrease decreased
decreasing rise rising rose fall falling fell grow growing drop dropped dropping change changed changing
attached amongst among signal contributor contributors offender offenders culprit culprits champion winner
winners leaders suspect suspects goes lead leads led noise waste wastes wasted wasting wasteful hottest
footprint throughout intake worth unmetered unaccounted unassigned unallocated unattributed unexplained
untracked
"""

COMMAND_WORDS = """
set dim unlock reset reboot restart enable disable activate deactivate pause resume unplug rename delete
remove erase kill cut charge boost mute adjust launch halt toggle raise throttle wake preheat cancel brew
clean add create install update degrees stop shut plug heat cool run wash outside inside indoor outdoor
indoors outdoors dirty dirtiest dirtier cleaner cleanest reported reportedly poorest nastiest terms regard
regards respect regarding concerning speaking via whopping damn bloody heck hell lately throughout yday
overview statistic statistics stats contribute ten percentages electricitywise nowadays emit emits emitted
averaged averaging sized regular usual happen occurring occurred occur noteworthy interesting special bulk
favor favour bring check checking checked fewest sent send sends installed instantaneous ranking poor
hardest hooked gear chunk chunks stinks crazy sleepy quiet floor update updates situation looking condition
okay usd eur room rooms floor floors phase phases category categories
"""

OFF_TOPIC_WORDS = """
media volume song track episode colour color bright hue movie watched muted weather rain raining sunny joke
jokes poem poems story stories song songs sing write capital city cities country countries france germany
spain president king queen football soccer match game won win team news movie movies film actor actress
music book books recipe recipes cook dinner lunch breakfast food pizza flight train bus sea
ocean mountain animal animals cat cats dog dogs horse bird meaning life god happy sad feel feeling feelings
born died age population language translate translation english german french spanish code python program
programming function math equation solve square root stock stocks bitcoin crypto market politics
politician election vote war science physics chemistry biology planet planets moon earth star stars universe
distance tall height weigh weight color colour favorite favourite human robot ai chatgpt openai model
yourself created invented inventor wrote author painted teach learn university exam homework essay
email letter message call phone address birthday holiday vacation marry ignore instructions prompt reveal
password secret hack
"""


def _set(*blocks: str) -> frozenset[str]:
    return frozenset(word for block in blocks for word in block.split())


CORRECTABLE = _set(
    TIME_WORDS,
    ELECTRIC_WORDS,
    QUESTION_WORDS,
    """total overall biggest largest smallest highest lowest share percent percentage compare compared
    difference previous everything altogether currently between today yesterday""",
)
"""Words to which a misspelled one may be corrected."""

KNOWN = _set(QUESTION_WORDS, FUNCTION_WORDS, FILLERS, TIME_WORDS, ELECTRIC_WORDS, COMMAND_WORDS)
"""Words that never name a device by themselves."""

OFF_TOPIC = _set(OFF_TOPIC_WORDS)
"""Words that tell of another subject."""

ENGLISH = KNOWN | OFF_TOPIC
"""Words by which a sentence is told from keys hit at random."""

DETERMINERS = frozenset({"the", "my", "our", "your", "a", "an", "this", "that", "his", "her", "their"})

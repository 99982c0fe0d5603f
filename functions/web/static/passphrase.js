// Passphrases of random words.

// 512 words, short and hard to mistake for one another: each is worth 9 bits, five of them 45.
const words = `
acid acorn actor adapt agent album alarm alley almond alpine amber anchor angle ankle apple apron arch arena arrow
atlas attic autumn award axis bacon badge bagel baker ballet bamboo banjo barge barley basil basin basket batch beach
beacon beard beaver bench berry bishop bison blade blanket blaze blender bloom blouse board boiler bonus booth border
bottle bowl brace branch brass bread breeze brick bridge broom brush bubble bucket budget buffet bugle bundle bunny
butter button cabin cable cactus camel camera canal candle canoe canvas canyon carbon cargo carpet carrot castle cedar
cellar cello cement chalk chapel charm cherry chess chorus cider cinema circle circus citrus clam clay cliff clock
cloud clover coach coast cobalt cocoa coffee comet copper coral corner cotton cousin cradle crane crater crayon
cricket crown crystal curtain cushion cycle dahlia dairy daisy dancer decade delta denim depot desert diary dinner
disk dock dollar dolphin domino donkey dough dragon drama drawer drift drum dune eagle easel echo eclipse editor elbow
elder ember emblem engine envoy equator estate ether evening fabric falcon family farmer feather fennel ferry fiddle
field filter finch finger flame flask fleet flint flute foam forest fossil fountain fox frame frost fruit funnel
galaxy gallery garden garlic garnet giant ginger glacier glass globe glove goblet gopher gospel granite grape grass
gravel grove guitar gull hammer hamper harvest hatch hazel heather hedge helmet hermit heron hickory hiker hinge hobby
holiday honey hornet hotel hound hunter husky iceberg icicle igloo indigo inlet insect iris island ivory jacket jaguar
jasmine jelly jewel jigsaw jockey journal judge juice jungle kayak kennel kettle kiosk kitchen kiwi koala ladder
lagoon lantern laptop latch lava lawn leather legend lemon letter lever lilac linen lizard lobby lobster locket lotus
lumber lunar lyric magnet mallet mango maple marble margin marina market marsh mason meadow melody melon mentor meteor
method metro mill mineral mirror mitten mocha monkey month mosaic moss motel motor mural museum muffin mustard napkin
navy nebula nectar needle nickel nomad noodle north novel nugget nutmeg oasis oatmeal ocean octave olive omelet onion
onyx opal opera orbit orchid organ osprey otter oven oxygen oyster paddle palace panda panther parade parcel parrot
pasta pastry patio peanut pebble pencil pepper phone piano picnic pigeon pillow pilot pine pixel planet plum pocket
poem polar pollen pond poppy portal potato pottery prairie prism puddle puffin pulley pumpkin puppet puzzle pyramid
quartz quilt rabbit radar radio raft rail raisin ranch raven recipe reef relay ribbon ridge river robin rocket roof
rooster ruby rudder saddle saffron sailor salad salmon sandal saturn scarf school scooter shadow sheep shelf shovel
signal silver sketch slate slipper snail soda sofa sonnet spark sparrow spice spider spinach spiral sponge spoon
spruce stable statue stereo stone stork stove straw stream studio summit sunset swan syrup table talon tango teapot
temple tennis thimble thistle thunder ticket tiger timber toast tomato topaz torch tower tractor trail trumpet tulip
tundra tunnel turtle tuxedo umbrella uncle valley vanilla velvet vessel village violet violin volcano voyage waffle
wagon walnut walrus water wheat whisper willow window winter wizard wombat zebra zenith zigzag zinc
`.trim().split(/\s+/);

/** Five random words, or as many more as it takes to be long enough. */
export function passphrase(least) {
  const picked = [];
  while (picked.length < 5 || picked.join('-').length < least) {
    // 65,536 is a multiple of the number of words: none is likelier than another.
    picked.push(words[crypto.getRandomValues(new Uint16Array(1))[0] % words.length]);
  }
  return picked.join('-');
}

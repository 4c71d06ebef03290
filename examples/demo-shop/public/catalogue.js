/** What the shop sells. Prices in euros; `art` is a drawing in products.svg. */
export const products = [
  {
    id: 'ridge-tent',
    name: 'Ridge tent for two',
    category: 'Shelter',
    price: 289,
    text: 'Stands in a gale, goes up in four minutes. 1.6 kg with pegs.',
    art: 'tent',
    tone: 'moss',
  },
  {
    id: 'day-pack',
    name: 'Day pack, 22 litres',
    category: 'Packs',
    price: 119,
    text: 'Waxed cotton that ages well, and a back that breathes.',
    art: 'pack',
    tone: 'clay',
  },
  {
    id: 'fell-boots',
    name: 'Fell boots',
    category: 'Footwear',
    price: 179,
    text: 'Stitched, not glued. We resole them for as long as you walk.',
    art: 'boot',
    tone: 'sand',
  },
  {
    id: 'down-bag',
    name: 'Three-season bag',
    category: 'Shelter',
    price: 219,
    text: 'Warm to minus four, small as a loaf of bread.',
    art: 'bag',
    tone: 'dusk',
  },
  {
    id: 'spirit-stove',
    name: 'Spirit stove',
    category: 'Kitchen',
    price: 64,
    text: 'No moving parts. Boils half a litre in six minutes.',
    art: 'stove',
    tone: 'clay',
  },
  {
    id: 'enamel-mug',
    name: 'Enamel mug',
    category: 'Kitchen',
    price: 14,
    text: 'Chips a little with every trip, as it should.',
    art: 'mug',
    tone: 'dusk',
  },
  {
    id: 'head-torch',
    name: 'Head torch',
    category: 'Finding the way',
    price: 39,
    text: 'Forty hours at reading light, and a red mode for the stars.',
    art: 'torch',
    tone: 'sand',
  },
  {
    id: 'compass',
    name: 'Baseplate compass',
    category: 'Finding the way',
    price: 29,
    text: 'Works without satellites, batteries or a signal.',
    art: 'compass',
    tone: 'moss',
  },
]

export const findProduct = (id) => products.find((product) => product.id === id)

const euros = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR', minimumFractionDigits: 0 })
export const formatPrice = (price) => euros.format(price)

/** What the demo's made-up shop sells, where its visitors come from and what they hold in their hands. */

export interface Product {
  sku: string
  name: string
  category: string
  price: number
}

export const products: readonly [Product, ...Product[]] = [
  { sku: 'bk-1', name: 'Trail Backpack 30 L', category: 'packs', price: 119 },
  { sku: 'bk-2', name: 'Day Pack 18 L', category: 'packs', price: 79 },
  { sku: 'bt-1', name: 'Ridge Boots', category: 'shoes', price: 189 },
  { sku: 'bt-2', name: 'Approach Shoes', category: 'shoes', price: 139 },
  { sku: 'jk-1', name: 'Rain Jacket', category: 'clothing', price: 159 },
  { sku: 'jk-2', name: 'Down Vest', category: 'clothing', price: 129 },
  { sku: 'tn-1', name: 'Tent for two', category: 'camp', price: 349 },
  { sku: 'st-1', name: 'Gas Stove', category: 'camp', price: 59 },
  { sku: 'lp-1', name: 'Head Torch', category: 'camp', price: 39 },
  { sku: 'mp-1', name: 'Paper Map', category: 'maps', price: 14 },
]

/** How a visit begins: the query of the first address and the page it came from. */
export interface Arrival {
  search: string
  referrer: string
}

export const arrivals: readonly [Arrival, ...Arrival[]] = [
  { search: '', referrer: '' },
  { search: '', referrer: '' },
  { search: '', referrer: 'https://www.google.com/' },
  { search: '', referrer: 'https://www.google.com/' },
  { search: '', referrer: 'https://duckduckgo.com/' },
  { search: '', referrer: 'https://www.bing.com/' },
  { search: '?utm_source=newsletter&utm_medium=email&utm_campaign=spring-sale', referrer: '' },
  {
    search: '?utm_source=google&utm_medium=cpc&utm_campaign=boots&gclid=demo-click',
    referrer: 'https://www.google.com/',
  },
  { search: '?utm_source=instagram&utm_medium=paid_social&utm_campaign=summit', referrer: 'https://l.instagram.com/' },
  { search: '', referrer: 'https://www.reddit.com/r/hiking/' },
  { search: '', referrer: 'https://chatgpt.com/' },
  { search: '', referrer: 'https://hikingblog.example/best-backpacks' },
]

export const phones: readonly [string, ...string[]] = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36',
]
export const computers: readonly [string, ...string[]] = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
]
export const tablets: readonly [string, ...string[]] = [
  'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
]
export const crawlers: readonly [string, ...string[]] = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
]

export const firstNames: readonly [string, ...string[]] = [
  'Ada',
  'Ben',
  'Chloe',
  'Dmitri',
  'Elif',
  'Femi',
  'Greta',
  'Hiro',
  'Ines',
  'Jonas',
  'Kavya',
  'Liam',
  'Mona',
  'Noor',
  'Oskar',
  'Petra',
  'Quinn',
  'Rosa',
  'Sami',
  'Tess',
]
export const plans: readonly [string, ...string[]] = ['free', 'free', 'free', 'member', 'member', 'guide']
/** Networks set aside for documentation, so that no demo event points at somebody's real address. */
export const networks: readonly [string, ...string[]] = ['192.0.2', '198.51.100', '203.0.113']

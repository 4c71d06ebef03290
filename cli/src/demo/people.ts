import type { Random } from './random.ts'
import { computers, crawlers, firstNames, networks, phones, plans, tablets } from './shop.ts'

export interface DemoDevice {
  anonymousId: string
  userAgent: string
  ip: string
  /** Somebody signed in on it, and nobody has signed out. */
  signedIn: boolean
}

export interface DemoPerson {
  userId: string
  traits: { name: string; email: string; plan: string }
  /** Has an account, or will make one at the first purchase. */
  hasAccount: boolean
  devices: [DemoDevice, ...DemoDevice[]]
  bot: boolean
}

const botShare = 0.04
const accountShare = 0.6

/** One in 25 is a bot; of the others some have a phone, some a computer, a third of them both, a few a tablet, too. */
export function createPerson(random: Random, number: number): DemoPerson {
  const name = random.pick(firstNames)
  const isBot = random.chance(botShare)
  const ip = `${random.pick(networks)}.${random.whole(1, 254)}`
  const device = (userAgent: string): DemoDevice => ({
    anonymousId: `demo-${random.id(16)}`,
    userAgent,
    ip,
    signedIn: false,
  })
  const devices: [DemoDevice, ...DemoDevice[]] = [device(isBot ? random.pick(crawlers) : random.pick(computers))]
  if (!isBot) {
    if (random.chance(0.45)) devices[0] = device(random.pick(phones))
    if (random.chance(0.35))
      devices.push({ ...device(random.pick(phones)), ip: `${random.pick(networks)}.${random.whole(1, 254)}` })
    if (random.chance(0.1)) devices.push(device(random.pick(tablets)))
  }
  return {
    userId: `demo-user-${number}`,
    traits: { name, email: `${name.toLowerCase()}.${number}@example.com`, plan: random.pick(plans) },
    hasAccount: !isBot && random.chance(accountShare),
    devices,
    bot: isBot,
  }
}

import { isIP, isIPv4 } from 'node:net'
import type { Project } from '@trailstitch/protocol'

/**
 * Reads an IP address out of what clients and proxies put there: `203.0.113.7`, `203.0.113.7:4711`, `[2001:db8::1]:443`,
 * `fe80::1%eth0`, `::ffff:203.0.113.7` (comes back as IPv4), or a list of which the first counts. Undefined for all else.
 */
export function readAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  let address = text.slice(0, 100).split(',', 1)[0]?.trim() ?? ''
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(address)
  if (bracketed?.[1] !== undefined) address = bracketed[1]
  else if (address.includes('.')) address = address.replace(/^([\d.]+):\d+$/, '$1')
  const zone = address.indexOf('%')
  if (zone >= 0) address = address.slice(0, zone)
  if (isIP(address) === 6) return mappedIPv4(address) ?? address.toLowerCase()
  return isIPv4(address) ? address : undefined
}

/** What a project keeps of an address that {@link readAddress} gave. */
export function cutAddress(address: string, policy: Project['ipPolicy']): string | undefined {
  if (policy === 'none') return undefined
  if (policy === 'full') return address
  if (address.includes(':')) return cutIPv6(address)
  return `${address.slice(0, address.lastIndexOf('.'))}.0`
}

/** The eight groups of an IPv6 address, zero where `::` stands. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::', 2)
  const left = groupsIn(head)
  const right = groupsIn(tail ?? '')
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right]
}

function groupsIn(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}

/** The first 48 bits, the site; the 80 bits of network and device are zero. */
function cutIPv6(address: string): string {
  const site = groupsOf(address).slice(0, 3)
  while (site.at(-1) === 0) site.pop()
  return `${site.map((group) => group.toString(16)).join(':')}::`
}

function mappedIPv4(address: string): string | undefined {
  const groups = groupsOf(address)
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined
  const [high = 0, low = 0] = groups.slice(6)
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/**
 * A set of entity numbers: exact while small, then HyperLogLog with 2^14 registers (standard error about 0.8 %,
 * Flajolet et al. 2007, with the small-range correction).
 */
const registers = 1 << 14
/** Above this many members a set is kept as an estimate, of 16 KiB. */
export const maxExact = 1024

/** Sorted numbers, or registers. Kept as bytes: 'E' + u32 LE each, or 'H' + one byte a register. */
export type PeopleSet = { kind: 'exact'; members: Set<number> } | { kind: 'estimate'; registers: Uint8Array }

export const emptySet = (): PeopleSet => ({ kind: 'exact', members: new Set() })

/** Adds a member and says whether the set is another one now. May turn an exact set into an estimate: use what it returns. */
export function addMember(set: PeopleSet, member: number): { set: PeopleSet; changed: boolean } {
  if (set.kind === 'exact') {
    if (set.members.has(member)) return { set, changed: false }
    set.members.add(member)
    const isFull = set.members.size > maxExact
    return { set: isFull ? { kind: 'estimate', registers: toEstimate(set.members) } : set, changed: true }
  }
  return { set, changed: addToRegisters(set.registers, member) }
}

/** The registers of an estimate of these members. */
export function toEstimate(members: Iterable<number>): Uint8Array {
  const bytes = new Uint8Array(registers)
  for (const member of members) addToRegisters(bytes, member)
  return bytes
}

export function mergeRegisters(into: Uint8Array, from: Uint8Array): void {
  for (let index = 0; index < registers; index++) {
    const theirs = from[index] as number
    if (theirs > (into[index] as number)) into[index] = theirs
  }
}

export function estimateSize(bytes: Uint8Array): number {
  let sum = 0
  let zeros = 0
  for (let index = 0; index < registers; index++) {
    const rank = bytes[index] as number
    sum += 2 ** -rank
    if (rank === 0) zeros++
  }
  const raw = (0.7213 / (1 + 1.079 / registers)) * registers * (registers / sum)
  return Math.round(raw <= 2.5 * registers && zeros > 0 ? registers * Math.log(registers / zeros) : raw)
}

export function encodeSet(set: PeopleSet): Uint8Array {
  if (set.kind === 'estimate') return Buffer.concat([Buffer.from('H'), set.registers])
  const sorted = Uint32Array.from(set.members).sort()
  const bytes = Buffer.allocUnsafe(1 + sorted.length * 4)
  bytes.write('E')
  sorted.forEach((member, index) => {
    bytes.writeUInt32LE(member, 1 + index * 4)
  })
  return bytes
}

export function decodeSet(bytes: Uint8Array | undefined | null): PeopleSet {
  if (!bytes || bytes.length === 0) return emptySet()
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer[0] === 0x48) return { kind: 'estimate', registers: new Uint8Array(buffer.subarray(1)) }
  const members = new Set<number>()
  for (let offset = 1; offset < buffer.length; offset += 4) members.add(buffer.readUInt32LE(offset))
  return { kind: 'exact', members }
}

/** 14 bits choose the register, the leading zeros of 32 others give the rank: enough for 10^9 members. */
function addToRegisters(bytes: Uint8Array, member: number): boolean {
  const index = mix(member ^ 0x9e3779b9) >>> 18
  const rank = Math.clz32(mix(Math.imul(member, 0x85ebca6b) ^ 0xc2b2ae35)) + 1
  if (rank <= (bytes[index] as number)) return false
  bytes[index] = rank
  return true
}

/** MurmurHash3's 32-bit finaliser (Austin Appleby, public domain): every input bit reaches every output bit. */
function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

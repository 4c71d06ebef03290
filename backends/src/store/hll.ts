/**
 * A set of entity numbers: exact while small, then HyperLogLog with 2^14 registers (standard error about 0.8 %,
 * Flajolet et al. 2007, with the small-range correction).
 */
const registers = 1 << 14
/** Above this many members a set is kept as an estimate, of 16 KiB. Fewer take about as much, or less. */
export const maxExact = 8192

/**
 * Numbers, or registers. Kept as bytes: 'D' + what each is more than the one before, 7 bits a byte, the lowest first and all
 * but the last with the high bit set; or 'H' + one byte a register. Older ones: 'E' + u32 LE each.
 */
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

export const encodeSet = (set: PeopleSet): Uint8Array =>
  set.kind === 'estimate'
    ? Buffer.concat([Buffer.from('H'), set.registers])
    : encodeMembers(Uint32Array.from(set.members).sort())

/** Of an exact set, in ascending order. */
export function encodeMembers(sorted: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(1 + sorted.length * 5)
  let length = 0
  bytes[length++] = 0x44
  let last = 0
  for (const member of sorted) {
    let more = member - last
    last = member
    for (; more > 0x7f; more = Math.floor(more / 128)) bytes[length++] = (more % 128) | 0x80
    bytes[length++] = more
  }
  return bytes.slice(0, length)
}

export function decodeSet(bytes: Uint8Array | undefined | null): PeopleSet {
  if (!bytes || bytes.length === 0) return emptySet()
  const members = decodeMembers(bytes)
  return members
    ? { kind: 'exact', members: new Set(members) }
    : { kind: 'estimate', registers: new Uint8Array(bytes.subarray(1)) }
}

/** The members of a set that was encoded; undefined of an estimate. */
export function decodeMembers(bytes: Uint8Array): Uint32Array | undefined {
  if (bytes[0] === 0x48) return undefined
  // A copy, also of a Buffer, whose slice is none: numbers of 4 bytes begin where they may.
  if (bytes[0] === 0x45) return new Uint32Array(Uint8Array.from(bytes.subarray(1)).buffer)
  const members = new Uint32Array(bytes.length)
  let count = 0
  let last = 0
  for (let offset = 1; offset < bytes.length; ) {
    let byte = bytes[offset++] as number
    let scale = 128
    last += byte & 0x7f
    for (; byte > 0x7f; scale *= 128) {
      byte = bytes[offset++] as number
      last += (byte & 0x7f) * scale
    }
    members[count++] = last
  }
  return members.subarray(0, count)
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

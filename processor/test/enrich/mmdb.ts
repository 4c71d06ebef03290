// Writes a MaxMind DB file by hand, as https://maxmind.github.io/MaxMind-DB/ describes it: a binary tree over the bits
// of addresses with 24-bit records, 16 zero bytes, the data, a marker and the metadata.

type Value = string | number | { [key: string]: Value } | Value[]

/** A country file: from prefixes such as `203.0.113.0/24` (IPv4 in an IPv6 tree) to the record of each. */
export function encodeDatabase(records: Record<string, Value>): Buffer {
  const root: Node = [undefined, undefined]
  for (const [prefix, record] of Object.entries(records)) insert(root, bitsOf(prefix), record)
  const nodes = numberNodes(root)
  const data: Buffer[] = []
  let dataLength = 0
  const tree = Buffer.alloc(nodes.size * 6)
  for (const [node, number] of nodes) {
    node.forEach((child, side) => {
      let pointer = nodes.size // nothing known
      if (Array.isArray(child)) pointer = nodes.get(child) ?? 0
      else if (child) {
        pointer = nodes.size + 16 + dataLength
        const bytes = encode(child.record)
        data.push(bytes)
        dataLength += bytes.length
      }
      tree.writeUIntBE(pointer, number * 6 + side * 3, 3)
    })
  }
  const metadata = encode({
    node_count: nodes.size,
    record_size: 24,
    ip_version: 6,
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: 'Test-Country',
    languages: ['en'],
    description: { en: 'test' },
  })
  return Buffer.concat([tree, Buffer.alloc(16), ...data, Buffer.from('ABCDEF4D61784D696E642E636F6D', 'hex'), metadata])
}

type Child = Node | { record: Value } | undefined
type Node = [Child, Child]

function insert(root: Node, bits: number[], record: Value): void {
  let node = root
  bits.forEach((bit, depth) => {
    const side = bit as 0 | 1
    if (depth === bits.length - 1) node[side] = { record }
    else {
      const next = node[side]
      const child: Node = Array.isArray(next) ? next : [undefined, undefined]
      node[side] = child
      node = child
    }
  })
}

function numberNodes(root: Node): Map<Node, number> {
  const nodes = new Map<Node, number>([[root, 0]])
  for (const [node] of nodes) for (const child of node) if (Array.isArray(child)) nodes.set(child, nodes.size)
  return nodes
}

/** Bits of a prefix in a tree of 128-bit addresses; IPv4 sits in its first 2^32. */
function bitsOf(prefix: string): number[] {
  const [address = '', length = '0'] = prefix.split('/')
  const bits = address.includes(':')
    ? address
        .replace('::', `${':0'.repeat(9 - address.split(':').length)}:`)
        .split(':')
        .flatMap((group) => toBits(Number.parseInt(group || '0', 16), 16))
        .slice(0, 128)
    : [...new Array<number>(96).fill(0), ...address.split('.').flatMap((octet) => toBits(Number(octet), 8))]
  return bits.slice(0, Number(length) + (address.includes(':') ? 0 : 96))
}

const toBits = (value: number, width: number): number[] =>
  Array.from({ length: width }, (_, index) => (value >> (width - 1 - index)) & 1)

/** Types of the format used here: 2 text, 6 unsigned 32-bit, 7 map, 11 array. All are shorter than 29 entries or bytes. */
function encode(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)])
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(5)
    bytes[0] = (6 << 5) | 4
    bytes.writeUInt32BE(value, 1)
    return bytes
  }
  if (Array.isArray(value)) return Buffer.concat([Buffer.from([value.length, 11 - 7]), ...value.map(encode)])
  const entries = Object.entries(value)
  return Buffer.concat([
    Buffer.from([(7 << 5) | entries.length]),
    ...entries.flatMap(([key, item]) => [encode(key), encode(item)]),
  ])
}

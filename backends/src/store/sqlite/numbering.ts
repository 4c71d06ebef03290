/** Numbers for entities in order of first sight, from 0: a Map would be what a question of a million events spends its time on. */
export interface Numbering {
  numberOf(entity: number): number
  /** By number. */
  entityOf(number: number): number
  count(): number
}

const first = 4_096

export function createNumbering(): Numbering {
  /** One more than the number; 0: none yet. */
  let numbers = new Uint32Array(first)
  let entities = new Uint32Array(first)
  let count = 0
  return {
    numberOf(entity) {
      if (entity >= numbers.length) numbers = grow(numbers, entity * 2)
      const known = numbers[entity] as number
      if (known !== 0) return known - 1
      if (count === entities.length) entities = grow(entities, count * 2)
      entities[count] = entity
      numbers[entity] = ++count
      return count - 1
    },
    entityOf: (number) => entities[number] as number,
    count: () => count,
  }
}

/** A copy with room for so many. */
export function grow(column: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length)
  larger.set(column)
  return larger
}

import type { Condition, Field } from '@trailstitch/protocol'

/** At most as many as a question may hold. */
export const maxFilters = 20

const operatorCodes = {
  is: 'is',
  is_not: 'not',
  contains: 'has',
  contains_not: 'hasnot',
  less: 'less',
  more: 'more',
  set: 'set',
  not_set: 'unset',
} as const satisfies Record<Condition['operator'], string>
export const operators = Object.keys(operatorCodes) as Condition['operator'][]

export const needsValue = (operator: Condition['operator']): boolean => operator !== 'set' && operator !== 'not_set'

/** Whether a condition says all that a question needs: a value, and a number where sizes are compared. */
export function isComplete({ operator, values = [] }: Condition): boolean {
  if (!needsValue(operator)) return true
  if (operator !== 'less' && operator !== 'more') return values.length > 0
  return values.length === 1 && Number.isFinite(Number(values[0]))
}

const operatorsByCode = new Map(
  Object.entries(operatorCodes).map(([operator, code]) => [code as string, operator as Condition['operator']]),
)

/** A condition as one text of the address, such as `country~is~DE~AT`. Tildes inside of values are escaped. */
export function writeFilter({ field, operator, values = [] }: Condition): string {
  const parts = [field, operatorCodes[operator], ...values.map(String)]
  return parts.map((part) => part.replaceAll('!', '!!').replaceAll('~', '!t')).join('~')
}

/** Undefined for what is no condition. */
export function readFilter(text: string): Condition | undefined {
  const restore = (part: string) => part.replace(/!(.)/g, (_all, code) => (code === 't' ? '~' : code))
  const [field = '', code = '', ...values] = text.split('~').map(restore)
  const operator = operatorsByCode.get(code)
  if (!operator || !/^[\w.$ -]{1,200}$/.test(field)) return undefined
  if (needsValue(operator) && values.length === 0) return undefined
  return { field: field as Field, operator, ...(needsValue(operator) && { values }) }
}

/** All that can be read, in order, each once. */
export function readFilters(texts: readonly string[]): Condition[] {
  return [...new Set(texts)].flatMap((text) => readFilter(text) ?? []).slice(0, maxFilters)
}

/** Takes a value into the filters: a second one of the same field joins the first, and one that is there goes. */
export function toggleFilter(filters: readonly Condition[], field: Field, value: string): Condition[] {
  const at = filters.findIndex((each) => each.field === field && each.operator === 'is')
  const found = filters[at]
  if (!found) return [...filters, { field, operator: 'is', values: [value] }]
  const values = (found.values ?? []).map(String)
  const next = values.includes(value) ? values.filter((each) => each !== value) : [...values, value]
  if (next.length === 0) return filters.filter((_each, index) => index !== at)
  return filters.map((each, index) => (index === at ? { ...found, values: next } : each))
}

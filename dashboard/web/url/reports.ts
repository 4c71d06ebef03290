import { parseSearch, writeSearch } from './search.ts'

/** What the address tells of saving and sharing, and is no part of what is saved. */
const ownParts = ['project', 'report', 'dialog']

/** The address of a page as a report keeps it. */
export const searchToSave = (search: Record<string, unknown>): string =>
  writeSearch(Object.fromEntries(Object.entries(search).filter(([name]) => !ownParts.includes(name))))

/** What of the address tells the time that is looked at. */
const rangeParts = ['period', 'date', 'from', 'to', 'compare', 'tz']

/** What a visitor with a link sees of an address: the report as it was saved, and other times where they may choose. */
export function lockedSearch(saved: string, asked: string, isMovable: boolean): Record<string, unknown> {
  if (!isMovable) return parseSearch(saved)
  const pick = (search: Record<string, unknown>, isRange: boolean) =>
    Object.entries(search).filter(([name]) => rangeParts.includes(name) === isRange)
  return Object.fromEntries([...pick(parseSearch(saved), false), ...pick(parseSearch(asked), true)])
}

/** The address of a report with the time that shows now, so that it stays when days go by. */
export const pinnedSearch = (
  search: Record<string, unknown>,
  { first, last, timeZone }: { first: string; last: string; timeZone: string },
): string => searchToSave({ ...search, period: 'custom', from: first, to: last, tz: timeZone, date: undefined })

/** What the address holds once a report is opened, in the project that is looked at. */
export const openedSearch = (report: { id: string; search: string }, project: string): Record<string, unknown> => ({
  ...parseSearch(report.search),
  project,
  report: report.id,
})

/** Types of questions whose answers name no people; the server refuses all others, too. */
const shareable: readonly unknown[] = ['trend', 'funnel', 'retention', 'paths', 'overview']

/** Whether a link may ask a question. */
export const isShareable = (question: object): boolean => shareable.includes((question as { type?: unknown }).type)

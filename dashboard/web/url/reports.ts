import { parseSearch, writeSearch } from './search.ts'

/** What the address tells of saving and sharing, and is no part of what is saved. */
const ownParts = ['project', 'report', 'dialog']

/** The address of a page as a report keeps it. */
export const searchToSave = (search: Record<string, unknown>): string =>
  writeSearch(Object.fromEntries(Object.entries(search).filter(([name]) => !ownParts.includes(name))))

/** What the address holds once a report is opened, in the project that is looked at. */
export const openedSearch = (report: { id: string; search: string }, project: string): Record<string, unknown> => ({
  ...parseSearch(report.search),
  project,
  report: report.id,
})

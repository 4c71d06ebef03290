import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Condition } from '@trailstitch/protocol'
import { useCallback, useMemo } from 'react'
import { isAtLeast, type Project, type Role } from '../api/types.ts'
import { readFilters, writeFilter } from '../url/filters.ts'
import { type Range, resolveRange } from '../url/range.ts'
import type { AppSearch } from '../url/search.ts'
import { isTimeZone } from '../url/zone.ts'
import { useApp } from './context.ts'

/** The part of the address that all pages share. */
export const useAppSearch = (): AppSearch => useSearch({ strict: false }) as AppSearch

type Patch = Record<string, string | string[] | undefined>

/** Changes parts of the address; undefined takes a part out. `replace`: without a step in the history, as for typing. */
export function useSetSearch(): (patch: Patch, options?: { replace?: boolean }) => void {
  const navigate = useNavigate()
  return useCallback(
    (patch, { replace = false } = {}) => {
      const search = (before: object) => ({ ...before, ...patch })
      void navigate({ to: '.', search: search as never, replace, resetScroll: false })
    },
    [navigate],
  )
}

/** A text in the address under a name of the page's own, with its default. Setting the default takes it out. */
export function useUrlText(name: string, initial = ''): [string, (value: string) => void] {
  const found = (useSearch({ strict: false }) as Record<string, unknown>)[name]
  const setSearch = useSetSearch()
  const set = useCallback(
    (value: string) => setSearch({ [name]: value === initial ? undefined : value }, { replace: true }),
    [name, initial, setSearch],
  )
  return [typeof found === 'string' ? found : initial, set]
}

/** Any JSON in the address, such as the question of a report. What cannot be read, or `check` refuses, is the default. */
export function useUrlJson<T>(
  name: string,
  initial: T,
  check: (value: unknown) => value is T,
): [T, (value: T) => void] {
  const [text, setText] = useUrlText(name)
  const value = useMemo(() => {
    try {
      const parsed: unknown = JSON.parse(text)
      return check(parsed) ? parsed : initial
    } catch {
      return initial
    }
  }, [text, initial, check])
  return [value, useCallback((next: T) => setText(JSON.stringify(next)), [setText])]
}

/** The project that is looked at: the one of the address, else the first. */
export function useProject(): Project {
  const { projects } = useApp()
  const { project } = useAppSearch()
  const found = projects.find(({ id }) => id === project) ?? projects[0]
  if (!found) throw new Error('a page is shown without a project')
  return found
}

/** Whether the person's role in the project is this one or above. */
export const useIsAtLeast = (role: Role): boolean => isAtLeast(useProject().role, role)

const browserZone = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** The one of the address, else the project's, else the browser's. */
export function useTimeZone(): string {
  const { tz } = useAppSearch()
  const { timeZone } = useProject()
  return tz ?? (timeZone !== null && isTimeZone(timeZone) ? timeZone : browserZone)
}

/** Whole minutes, so that a page that is drawn twice asks the same question. */
const roundedNow = () => Math.floor(Date.now() / 60_000) * 60_000

/** The range of the address, in the chosen time zone. */
export function useRange(): Range {
  const { period, date, from, to, compare } = useAppSearch()
  const timeZone = useTimeZone()
  const now = roundedNow()
  return useMemo(() => {
    const search = {
      ...(period && { period }),
      ...(date && { date }),
      ...(from && { from }),
      ...(to && { to }),
      ...(compare && { compare }),
    }
    return resolveRange(search, timeZone, now)
  }, [period, date, from, to, compare, timeZone, now])
}

/** The filters of the address, and how to change them. */
export function useFilters(): [Condition[], (filters: readonly Condition[]) => void] {
  const { f } = useAppSearch()
  const key = JSON.stringify(f ?? [])
  const filters = useMemo(() => readFilters(JSON.parse(key) as string[]), [key])
  const setSearch = useSetSearch()
  const set = useCallback(
    (next: readonly Condition[]) => setSearch({ f: next.length === 0 ? undefined : next.map(writeFilter) }),
    [setSearch],
  )
  return [filters, set]
}

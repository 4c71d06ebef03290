import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { shiftRange } from '../url/range.ts'
import { validateSearch } from '../url/search.ts'
import { useRange, useSetSearch } from './use-search.ts'

const periodKeys = { d: 'day', w: 'week', m: 'month', y: 'year' } as const

/** Keys that belong to what has the focus: text fields, lists, tabs, dialogs. */
const ownsKeys = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="tablist"], .scroll, .u-over') !==
    null

/** Single keys for the range, the comparison, the search and the help. */
export function useShortcuts({ isRanged, openHelp }: { isRanged: boolean; openHelp: () => void }): void {
  const range = useRange()
  const setSearch = useSetSearch()
  const navigate = useNavigate()
  const act = (key: string): boolean => {
    const period = periodKeys[key.toLowerCase() as keyof typeof periodKeys]
    const shift = { ArrowLeft: -1, ArrowRight: 1 }[key] as -1 | 1 | undefined
    if (key === '?') openHelp()
    else if (key === '/') {
      const input = document.querySelector<HTMLInputElement>('input[type="search"]')
      if (input) input.focus()
      else
        void navigate({ to: '/people', search: ((search: Record<string, unknown>) => validateSearch(search)) as never })
    } else if (!isRanged) return false
    else if (key === 'Escape') setSearch({ f: undefined })
    else if (period) setSearch({ period, date: undefined, from: undefined, to: undefined })
    else if (shift) setSearch({ date: undefined, ...shiftRange(range, shift, Date.now()) })
    else if (key.toLowerCase() === 'x') setSearch({ compare: range.comparison === 'none' ? undefined : 'none' })
    else return false
    return true
  }
  const latest = useRef(act)
  useEffect(() => {
    latest.current = act
  })
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || ownsKeys(event.target)) return
      if (latest.current(event.key)) event.preventDefault()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])
}

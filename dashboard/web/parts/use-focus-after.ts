import { type RefObject, useEffect, useRef } from 'react'

/**
 * Gives the focus to a control of a list once the list has changed: where a button goes with its row, or a new row comes.
 * Controls are found by `data-control`, which is a name and the place of the row.
 */
export function useFocusAfter(
  container: RefObject<HTMLElement | null>,
  rows: unknown,
): (control: string, at: number) => void {
  const wanted = useRef<string>(undefined)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the controls are there once the rows are.
  useEffect(() => {
    if (wanted.current === undefined) return
    container.current?.querySelector<HTMLElement>(`[data-control="${wanted.current}"]`)?.focus()
    wanted.current = undefined
  }, [container, rows])
  return (control, at) => {
    wanted.current = `${control}-${at}`
  }
}

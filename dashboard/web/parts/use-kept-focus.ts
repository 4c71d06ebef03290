import { type FocusEvent, type RefObject, useEffect, useRef } from 'react'

/**
 * Where the focus goes when the control that has it goes with a row: whoever uses keys stays where they were. `onFocus` belongs
 * to what is around the rows, and `ref` to what takes the focus. Nothing happens where something inside took it already.
 */
export function useKeptFocus<Target extends HTMLElement = HTMLElement>(
  rows: unknown,
): { ref: RefObject<Target | null>; onFocus: (event: FocusEvent) => void } {
  const ref = useRef<Target>(null)
  const last = useRef<Element>(undefined)
  useEffect(() => {
    void rows
    const isGone = last.current?.isConnected === false
    if (isGone && document.activeElement === document.body) ref.current?.focus()
  }, [rows])
  const onFocus = ({ target }: FocusEvent) => {
    last.current = target
  }
  return { ref, onFocus }
}

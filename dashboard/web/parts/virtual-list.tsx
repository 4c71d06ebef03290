import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef } from 'react'
import { t } from '../texts/t.ts'

export interface VirtualListProps<Item> {
  label: string
  items: readonly Item[]
  keyOf: (item: Item) => string
  /** Pixels; a guess, where items are of different heights. */
  rowHeight: number
  render: (item: Item) => ReactNode
  hasMore: boolean
  loadMore: () => unknown
  /** Shown at the end of everything. */
  end?: ReactNode
}

const overscan = 15
/** The next page is asked for when so few rows are left to scroll to. */
const loadAhead = 60

/** A long list, of which only what shows is drawn. It asks for more by itself as it is scrolled. */
export function VirtualList<Item>(props: VirtualListProps<Item>) {
  const { label, items, keyOf, rowHeight, render, hasMore, loadMore, end } = props
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => (items[index] === undefined ? index : keyOf(items[index])),
    overscan,
  })
  const rows = virtual.getVirtualItems()
  const last = rows.at(-1)?.index ?? 0
  const isNear = hasMore && last >= items.length - loadAhead
  // With the count: an answer that leaves the end near asks for the one after it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above.
  useEffect(() => {
    if (isNear) void loadMore()
  }, [isNear, items.length, loadMore])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section className="scroll list-scroll" ref={scroller} tabIndex={0} aria-label={label}>
      <ol className="virtual rows" style={{ height: virtual.getTotalSize() }}>
        {rows.map(({ index, key, start }) => {
          const item = items[index]
          return (
            item !== undefined && (
              <li
                key={key}
                data-index={index}
                ref={virtual.measureElement}
                style={{ transform: `translateY(${start}px)` }}
              >
                {render(item)}
              </li>
            )
          )
        })}
      </ol>
      {hasMore ? <div className="state">{t('person.loadingMore')}</div> : end && <div className="state">{end}</div>}
    </section>
  )
}

import Button from '@mui/material/Button'
import type { Condition } from '@trailstitch/protocol'
import { lazy, Suspense, useState } from 'react'
import { t } from '../texts/t.ts'
import { writeFilter } from '../url/filters.ts'
import { describeCondition } from './fields.ts'
import { Icon } from './icon.tsx'

const FilterDialog = lazy(async () => ({ default: (await import('./filter-dialog.tsx')).FilterDialog }))

export interface FilterChipsProps {
  filters: readonly Condition[]
  onChange: (filters: Condition[]) => void
  max: number
  /** What they belong to, where a page has several. */
  of?: string
  /** The event they are about: its properties are offered. */
  event?: string | undefined
}

/** Conditions as chips that a click takes away, and a button that adds one. */
export function FilterChips({ filters, onChange, max, of, event }: FilterChipsProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      {filters.map((filter, index) => (
        <button
          type="button"
          className="chip"
          key={writeFilter(filter)}
          aria-label={t('filter.remove', { text: describeCondition(filter) })}
          title={t('filter.remove', { text: describeCondition(filter) })}
          onClick={() => onChange(filters.filter((_each, at) => at !== index))}
        >
          <span className="row-name">{describeCondition(filter)}</span>
          <Icon name="close" size={14} />
        </button>
      ))}
      {filters.length < max && (
        <Button
          startIcon={<Icon name="plus" size={16} />}
          aria-label={of === undefined ? undefined : t('filter.addTo', { name: of })}
          onClick={() => setOpen(true)}
        >
          {t('filter.add')}
        </Button>
      )}
      <Suspense fallback={null}>
        {isOpen && (
          <FilterDialog
            event={event}
            onClose={() => setOpen(false)}
            onApply={(condition) => {
              const isThere = filters.some((each) => writeFilter(each) === writeFilter(condition))
              if (!isThere) onChange([...filters, condition])
              setOpen(false)
            }}
          />
        )}
      </Suspense>
    </>
  )
}

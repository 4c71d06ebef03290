import Button from '@mui/material/Button'
import Chip from '@mui/material/Chip'
import { lazy, Suspense, useState } from 'react'
import { describeCondition } from '../parts/fields.ts'
import { Icon } from '../parts/icon.tsx'
import { t } from '../texts/t.ts'
import { maxFilters, writeFilter } from '../url/filters.ts'
import { useFilters } from './use-search.ts'

const FilterDialog = lazy(async () => ({ default: (await import('../parts/filter-editor.tsx')).FilterDialog }))

/** The filters that count on this page. Clicking a value anywhere adds one; so does the button. */
export function FilterBar() {
  const [filters, setFilters] = useFilters()
  const [isOpen, setOpen] = useState(false)
  return (
    <section className="bar" aria-label={t('filter.label')}>
      {filters.map((filter, index) => (
        <Chip
          key={writeFilter(filter)}
          size="small"
          color="primary"
          variant="outlined"
          label={describeCondition(filter)}
          aria-label={t('filter.remove', { text: describeCondition(filter) })}
          title={t('filter.remove', { text: describeCondition(filter) })}
          deleteIcon={
            <span className="chip-delete">
              <Icon name="close" size={14} />
            </span>
          }
          onClick={() => setFilters(filters.filter((_each, at) => at !== index))}
          onDelete={() => setFilters(filters.filter((_each, at) => at !== index))}
        />
      ))}
      {filters.length < maxFilters && (
        <Button startIcon={<Icon name="plus" size={16} />} onClick={() => setOpen(true)}>
          {t('filter.add')}
        </Button>
      )}
      {filters.length > 1 && <Button onClick={() => setFilters([])}>{t('filter.clear')}</Button>}
      <Suspense fallback={null}>
        {isOpen && (
          <FilterDialog
            onClose={() => setOpen(false)}
            onApply={(condition) => {
              setFilters([...filters, condition])
              setOpen(false)
            }}
          />
        )}
      </Suspense>
    </section>
  )
}

import Button from '@mui/material/Button'
import { FilterChips } from '../parts/filter-chips.tsx'
import { t } from '../texts/t.ts'
import { maxFilters } from '../url/filters.ts'
import { useFilters } from './use-search.ts'

/** The filters that count on this page. Clicking a value anywhere adds one; so does the button. */
export function FilterBar() {
  const [filters, setFilters] = useFilters()
  return (
    <section className="bar" aria-label={t('filter.label')}>
      <FilterChips filters={filters} onChange={setFilters} max={maxFilters} />
      {filters.length > 1 && <Button onClick={() => setFilters([])}>{t('filter.clear')}</Button>}
    </section>
  )
}

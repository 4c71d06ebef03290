import type { EventFilter } from '@trailstitch/protocol'
import { t } from '../texts/t.ts'
import { maxConditions } from '../url/event-filter.ts'
import { useKnown } from './field-select.tsx'
import { describeEvent } from './fields.ts'
import { FilterChips } from './filter-chips.tsx'

export interface EventFilterProps<Filter extends EventFilter> {
  /** What is chosen by it, such as a series or a step. */
  name: string
  filter: Filter
  onChange: (filter: Filter) => void
}

interface EventSelectProps<Filter extends EventFilter> extends EventFilterProps<Filter> {
  /** Finds it again, to give it the focus. */
  control?: string
  /** What no name stands for. Default: any event. */
  any?: string | undefined
}

/** Chooses an event by the names that there are in the range. */
export function EventSelect<Filter extends EventFilter>(props: EventSelectProps<Filter>) {
  const { name, filter, onChange, control, any = describeEvent(undefined) } = props
  const known = useKnown()
  const names = (known.data?.events ?? []).map(({ event }) => event)
  const { event } = filter
  const options = event === undefined || names.includes(event) ? names : [event, ...names]
  return (
    <select
      className="select event-select"
      data-control={control}
      aria-label={t('event.of', { name })}
      value={event ?? ''}
      onChange={({ target }) => {
        const { event: _before, ...rest } = filter
        onChange({ ...rest, ...(target.value !== '' && { event: target.value }) } as Filter)
      }}
    >
      <option value="">{any}</option>
      {options.map((each) => (
        <option key={each} value={each}>
          {describeEvent(each)}
        </option>
      ))}
    </select>
  )
}

/** The conditions on the chosen event. */
export function EventConditions<Filter extends EventFilter>({ name, filter, onChange }: EventFilterProps<Filter>) {
  return (
    <FilterChips
      filters={filter.where ?? []}
      max={maxConditions}
      of={name}
      event={filter.event}
      onChange={(where) => onChange({ ...filter, where })}
    />
  )
}

import Button from '@mui/material/Button'
import IconButton from '@mui/material/IconButton'
import type { EventCount } from '@trailstitch/protocol'
import { useRef } from 'react'
import { EventConditions, EventSelect } from '../../parts/event-filter.tsx'
import { Icon } from '../../parts/icon.tsx'
import { NumberInput } from '../../parts/number-input.tsx'
import { useFocusAfter } from '../../parts/use-focus-after.ts'
import { frequencies, frequencyOf, maxCounts, maxTimes, withFrequency } from './question.ts'
import { t } from './texts.ts'

interface ConditionsProps {
  rows: readonly EventCount[]
  onChange: (rows: readonly EventCount[]) => void
}

/** What people did, how often. The focus goes to a row that is new, and to the button for a new one when a row goes. */
export function Conditions({ rows, onChange }: ConditionsProps) {
  const container = useRef<HTMLDivElement>(null)
  const focusAfter = useFocusAfter(container, rows)
  return (
    <div className="builder" ref={container}>
      {rows.map((row, at) => (
        <ConditionRow
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no name of their own; the focus is set where they go.
          key={at}
          at={at}
          row={row}
          onChange={(next) => onChange(rows.map((each, place) => (place === at ? next : each)))}
          {...(rows.length > 1 && {
            onRemove() {
              focusAfter('add', 0)
              onChange(rows.filter((_each, place) => place !== at))
            },
          })}
        />
      ))}
      {rows.length < maxCounts && (
        <div className="bar">
          <Button
            data-control="add-0"
            startIcon={<Icon name="plus" size={16} />}
            onClick={() => {
              focusAfter('event', rows.length)
              onChange([...rows, { times: 'at_least', count: 1 }])
            }}
          >
            {t('people.addCondition')}
          </Button>
        </div>
      )}
    </div>
  )
}

interface RowProps {
  at: number
  row: EventCount
  onChange: (row: EventCount) => void
  onRemove?: () => void
}

function ConditionRow({ at, row, onChange, onRemove }: RowProps) {
  const name = t('people.condition', { place: at + 1 })
  const frequency = frequencyOf(row)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a grid in every browser.
    <div className="builder-row condition-row" role="group" aria-label={name}>
      <span className="quiet joint">{t(at === 0 ? 'people.did' : 'people.and')}</span>
      <div className="bar">
        <EventSelect name={name} filter={row} onChange={onChange} control={`event-${at}`} />
        <select
          className="select"
          aria-label={t('people.frequency', { name })}
          value={frequency}
          onChange={({ target }) => onChange(withFrequency(row, target.value as typeof frequency))}
        >
          {frequencies.map((each) => (
            <option key={each} value={each}>
              {t(`people.frequency.${each}`)}
            </option>
          ))}
        </select>
        {frequency !== 'never' && (
          <NumberInput
            label={t('people.timesOf', { name })}
            unit={t(row.count === 1 ? 'people.time' : 'people.times')}
            value={row.count}
            min={1}
            max={maxTimes}
            onChange={(count) => onChange({ ...row, count })}
          />
        )}
        <EventConditions name={name} filter={row} onChange={onChange} />
      </div>
      {onRemove && (
        <IconButton size="small" aria-label={t('people.removeCondition', { place: at + 1 })} onClick={onRemove}>
          <Icon name="close" size={16} />
        </IconButton>
      )}
    </div>
  )
}

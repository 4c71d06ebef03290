import type { Field } from '@trailstitch/protocol'
import { useState } from 'react'
import { FieldSelect } from '../../parts/field-select.tsx'
import { isWhole } from '../../url/questions.ts'
import { counts, type FunnelQuestion, maxSize, orders, sides, type Unit, units, usualWindow } from './question.ts'
import { t } from './texts.ts'

interface OptionsProps {
  question: FunnelQuestion
  onChange: (question: FunnelQuestion) => void
}

/** How a funnel counts. */
export function Options({ question, onChange }: OptionsProps) {
  const { order = 'ordered', count = 'people', breakdown, by = 'first' } = question
  return (
    <>
      <span className="field">
        {t('funnels.order')}
        <Choice
          label={t('funnels.order')}
          choices={orders.map((each) => [each, t(`order.${each}`)] as const)}
          value={order}
          onChange={(next) => onChange({ ...question, order: next })}
        />
      </span>
      <WindowFields question={question} onChange={onChange} />
      <span className="field">
        {t('funnels.count')}
        <Choice
          label={t('funnels.count')}
          choices={counts.map((each) => [each, t(`count.${each}`)] as const)}
          value={count}
          onChange={(next) => onChange({ ...question, count: next })}
        />
      </span>
      <span className="field">
        {t('funnels.breakdown')}
        <FieldSelect<Field | undefined>
          label={t('funnels.breakdown')}
          value={breakdown}
          none={t('funnels.noBreakdown')}
          onChange={(field) => {
            const { breakdown: _before, ...rest } = question
            onChange({ ...rest, ...(field && { breakdown: field }) })
          }}
        />
      </span>
      {breakdown && (
        <Choice
          label={t('funnels.by')}
          choices={sides.map((each) => [each, t(`by.${each}`)] as const)}
          value={by}
          onChange={(next) => onChange({ ...question, by: next })}
        />
      )}
    </>
  )
}

interface ChoiceProps<Value extends string> {
  label: string
  choices: readonly (readonly [Value, string])[]
  value: Value
  onChange: (value: Value) => void
}

function Choice<Value extends string>({ label, choices, value, onChange }: ChoiceProps<Value>) {
  return (
    <select
      className="select"
      aria-label={label}
      value={value}
      onChange={({ target }) => onChange(target.value as Value)}
    >
      {choices.map(([each, text]) => (
        <option key={each} value={each}>
          {text}
        </option>
      ))}
    </select>
  )
}

/** A number that is no window while it is typed stays in the field, and changes nothing. */
function WindowFields({ question, onChange }: OptionsProps) {
  const { size = usualWindow.size, unit = usualWindow.unit } = question
  const [typed, setTyped] = useState<string>()
  const isWindow = (number: number, of: Unit) => isWhole(number, 1, maxSize(of))
  return (
    <span className="field">
      {t('funnels.within')}
      <input
        type="number"
        className="select number-input"
        aria-label={t('funnels.size')}
        min={1}
        max={maxSize(unit)}
        value={typed ?? size}
        onChange={({ target }) => {
          setTyped(target.value)
          const number = Number(target.value)
          if (isWindow(number, unit)) onChange({ ...question, size: number })
        }}
        onBlur={() => setTyped(undefined)}
      />
      <Choice
        label={t('funnels.unit')}
        choices={units.map((each) => [each, t(`unit.${each}`)] as const)}
        value={unit}
        onChange={(next) => onChange({ ...question, unit: next, size: Math.min(size, maxSize(next)) })}
      />
    </span>
  )
}

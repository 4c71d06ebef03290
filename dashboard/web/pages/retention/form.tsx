import { useState } from 'react'
import { Choice, Segments } from '../../parts/choice.tsx'
import { EventChoice } from '../../parts/event-choice.tsx'
import { NumberInput } from '../../parts/number-input.tsx'
import {
  cohorts,
  type FullQuestion,
  maxPeriods,
  modes,
  type RetentionQuestion,
  readBrackets,
  units,
} from './question.ts'
import { t } from './texts.ts'

interface Props {
  question: FullQuestion
  onChange: (change: RetentionQuestion) => void
}

/** Asks who comes back, to what, and how it is counted. */
export function RetentionForm({ question, onChange }: Props) {
  const { unit, mode, cohort, periods } = question
  return (
    <div className="question">
      <EventChoice label={t('retention.start')} value={question.start} onChange={(start) => onChange({ start })} />
      <EventChoice
        label={t('retention.return')}
        value={question.return}
        onChange={(back) => onChange({ return: back })}
      />
      <div className="bar question-options">
        <Segments
          label={t('retention.unit')}
          value={unit}
          options={units.map((each) => [each, t(`retention.unit.${each}`)])}
          onChange={(value) => onChange({ unit: value, periods: undefined, brackets: undefined })}
        />
        <NumberInput
          label={t(`retention.periods.${unit}`)}
          value={periods}
          min={1}
          max={maxPeriods}
          onChange={(value) => onChange({ periods: value })}
        />
        <Choice
          label={t('retention.mode')}
          value={mode}
          options={modes.map((each) => [each, t(`retention.mode.${each}.${unit}`)])}
          onChange={(value) => onChange({ mode: value })}
        />
        <Choice
          label={t('retention.cohort')}
          value={cohort}
          options={cohorts.map((each) => [each, t(`retention.cohort.${each}`)])}
          onChange={(value) => onChange({ cohort: value })}
        />
        <Brackets key={unit} question={question} onChange={onChange} />
      </div>
    </div>
  )
}

function Brackets({ question, onChange }: Props) {
  const [text, setText] = useState(() => question.brackets?.join(', ') ?? '')
  return (
    <label className="field">
      {t('retention.brackets')}
      <input
        className="select brackets-input"
        placeholder={t('retention.bracketsHint')}
        value={text}
        onChange={({ target }) => {
          setText(target.value)
          onChange({ brackets: readBrackets(target.value) })
        }}
      />
    </label>
  )
}

import { type ReactNode, useId } from 'react'

/** A row of a form: what is set, a word on it, and the control, whose id and description are given to it. */
export function Setting(props: {
  name: string
  hint: string
  children: (control: { id: string; 'aria-describedby': string }) => ReactNode
}) {
  const id = useId()
  return (
    <div className="setting">
      <div>
        <label htmlFor={id}>{props.name}</label>
        <div className="quiet small" id={`${id}-hint`}>
          {props.hint}
        </div>
      </div>
      <div>{props.children({ id, 'aria-describedby': `${id}-hint` })}</div>
    </div>
  )
}

import { type FormEvent, useState } from 'react'
import { ApiFailure } from '../api/failure.ts'

export type Values = Record<string, string>

/** A form that is sent once at a time. `failure` is what went wrong at the last try. */
export function useForm(send: (values: Values) => Promise<void>) {
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<ApiFailure>()
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const values = Object.fromEntries(
      [...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)]),
    )
    setBusy(true)
    setFailure(undefined)
    send(values)
      .catch((error: unknown) => {
        setFailure(error instanceof ApiFailure ? error : new ApiFailure(0, 'unreachable', String(error)))
      })
      .finally(() => setBusy(false))
  }
  return { isBusy, failure, onSubmit }
}

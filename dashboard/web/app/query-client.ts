import { QueryClient } from '@tanstack/react-query'
import { ApiFailure } from '../api/failure.ts'

const staleMs = 30_000
const maxRetries = 2

/** Keeps answers for a while, and tries again what may be back. */
export const createQueryClient = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: staleMs,
        // What was refused stays refused; what is busy or away may be back.
        retry: (count, error) =>
          count < maxRetries && error instanceof ApiFailure && (error.status === 0 || error.status === 503),
      },
    },
  })

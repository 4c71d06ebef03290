import { expect, test } from 'vitest'
import { createClient } from '../../src/store/mongodb/client.ts'

test('writes wait for a majority and are made again after a fault, unless the address says otherwise', () => {
  const { options } = createClient('mongodb://127.0.0.1/db')
  expect(options.writeConcern?.w).toBe('majority')
  expect(options).toMatchObject({ retryWrites: true, retryReads: true, appName: 'trailstitch', ignoreUndefined: true })
  // A server that went without a word must not hold a worker for ever.
  expect(options.socketTimeoutMS).toBe(120_000)
  const named = createClient('mongodb://127.0.0.1/db?w=2&retrywrites=false&appName=mine&socketTimeoutMS=7').options
  expect(named.socketTimeoutMS).toBe(7)
  expect(named.writeConcern?.w).toBe(2)
  expect(named).toMatchObject({ retryWrites: false, appName: 'mine' })
})

import { defineConfig } from 'vitest/config'

const pages = ['e2e/dashboard*.test.ts', 'e2e/sdk-*.test.ts']

// Packages are tested from source: the "source" condition of their exports, here and in the threads tests start.
// Tests run in processes of their own (forks), because they open databases, ports and worker threads.
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'packages',
          // They wait for servers, leases and processes: more at a time than there are processors.
          include: ['*/test/**/*.test.ts'],
          maxWorkers: 3,
          exclude: ['**/node_modules/**', '**/dist/**', 'e2e/**', 'examples/**'],
        },
      },
      {
        // Whole processes that are killed, starved and loaded: one file at a time, with the machine to itself.
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', ...pages],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // A browser that looks at pages waits more than it works: two at a time.
        extends: true,
        test: {
          name: 'pages',
          include: [...pages, 'examples/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})

import { defineConfig } from 'vitest/config'

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
          include: ['*/test/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', 'e2e/**', 'examples/**'],
        },
      },
      {
        // Whole processes under load and real browsers: one file at a time, after everything else, with the machine to itself.
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', 'e2e/dashboard*.test.ts'],
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
          include: ['e2e/dashboard*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})

#!/usr/bin/env node
// The command, from a clone or installed. It runs on any Node from 20: an older one than 24 hands over to the `node`
// package's, which npm ci has put beside us.
import { handOver } from './hand-over.js'

if (Number(process.versions.node.split('.', 1)[0]) < 24) handOver()
else await import('./run.js')

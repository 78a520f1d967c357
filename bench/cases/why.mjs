/** Why units that are less than ours start sooner and are smaller, for several cases. */
export const lighterUnits = {
  'node:vm':
    'A context lives on the heap and the thread of the host: it has no lock, no limits and no life of its own, so there is little to make.',
  'isolated-vm':
    'Its isolate has no event loop, no console and none of the names of the web platform; ours have them from the start.',
}

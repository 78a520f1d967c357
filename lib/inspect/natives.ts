/** The addon's functions for what looks into isolates; conventions as in `Native`. */
export interface InspectNatives {
  /** Of nested isolates, too. Does not wait for what runs there. Resolves to a number for the next. */
  startCpuProfile(id: number, microseconds: number): Promise<unknown> | undefined
  /** Resolves to buffers: the text of a `.cpuprofile` file in pieces; none of them for a number that was stopped before. */
  stopCpuProfile(id: number, profile: number): Promise<unknown> | undefined
  /** As before, of a `.heapsnapshot` file. */
  heapSnapshot(id: number, exposeInternals: boolean, exposeNumericValues: boolean): Promise<unknown> | undefined
  /** A number for a session, or 0 where this V8's inspector is not known. */
  newInspectorSession(): number
  /** Messages then come as calls of the service `inspector`. */
  connectInspector(id: number, session: number, name: string): Promise<unknown> | undefined
  /** In order. False when the isolate is closed. */
  dispatchToInspector(id: number, session: number, message: string): boolean
  disconnectInspector(id: number, session: number): boolean
}

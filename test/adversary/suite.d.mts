export type Program = [theme: string, name: string, limit: number, method: 'run' | 'runSync']

export interface Row {
  theme: string
  name: string
  limit: number
  method: string
  end: string
  detail?: string | number
  ms?: number
  taken?: number
  problem: string | undefined
}

export function everything(): Program[]
export function slice(theme: string): Program[]
export function ceiling(limit: number): number
export function runAll(
  list: Program[],
  options?: { together?: number; env?: Record<string, string>; onRow?: (row: Row) => void },
): Promise<Row[]>

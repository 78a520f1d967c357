export const themes: Record<string, Record<string, object>>

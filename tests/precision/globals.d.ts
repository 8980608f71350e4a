declare const flips: {
  begin(model: string, backend: 'flex' | 'ndarray'): Promise<string>;
  compare(base64: string): Promise<{ units: number; flipped: string[]; apart: number }>;
};

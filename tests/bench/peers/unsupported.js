// What a library cannot do by itself is a finding; any other error is a mistake here.

export class Unsupported extends Error {}

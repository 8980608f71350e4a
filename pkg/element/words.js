// What <relume-view> says, in the languages it knows: that of its attribute `lang`, or of the nearest element around it that has
// one, as in HTML. In any other language it speaks English.

import { isolated } from '../engine/isolated-text.js';

/** @typedef {import('../engine/error.js').Code} Code */
/** @typedef {import('../engine/types.js').Method} Method */
/** @typedef {import('./map-meanings.js').Meaning} Meaning */
/** @typedef {NonNullable<import('../engine/types.js').Drawing['sign']>} Sign */
/** The likeliest class and its share in percent. @typedef {{ network: string, label: string, share: string }} Answer */
/** `className`: empty unless the layer's channels are the classes. @typedef {{ layer: string, channel: number, className: string, column: number, row: number }} ExplainedUnit */
/**
 * @typedef {object} Words
 * @property {string} picture the label below the picture
 * @property {string} seen what the picture is, for those who listen
 * @property {string} fetching
 * @property {string} computing
 * @property {Readonly<Record<Method, string>>} methods the labels below the maps
 * @property {(method: Method) => string} map what a map is, for those who listen
 * @property {(method: Method) => string} growing names how far a map is that still grows
 * @property {Readonly<Record<Meaning, string>>} meanings what positive and negative numbers mean
 * @property {(methods: string[], meaning: string) => string} meaningOf with no methods: of all maps there are
 * @property {Readonly<Record<Meaning, string>>} tries what else to try where a map is empty
 * @property {(answer: Answer) => string} says
 * @property {(network: string) => string} random a network with random weights
 * @property {(share: string) => string} percent a number of hundredths, with its sign
 * @property {(share: string) => string} lessThan
 * @property {string} likeliest names the list of the likeliest classes
 * @property {string} classes names the list of all classes
 * @property {string} otherClass labels the search for a class
 * @property {(typed: string) => string} noClass
 * @property {(count: number) => string} found
 * @property {(count: number, listed: number) => string} foundMore
 * @property {Readonly<Record<string, string>>} classNames those of CIFAR-10 that are not said as in the model file
 * @property {string} to between the ends of a scale, for those who listen
 * @property {Readonly<Record<Sign, [from: string, to: string]>>} scale the ends of the scale of the maps
 * @property {(label: string) => string} explainedClass
 * @property {(unit: ExplainedUnit) => string} explainedUnit
 * @property {(reason: string) => string} failed
 * @property {Partial<Record<Code, string>>} errors said before the English detail
 * @property {Readonly<Record<string, string>>} warnings said in place of the English, by the warning's code
 */

/** @type {Words} */
const ENGLISH = {
  picture: 'picture',
  seen: 'The picture as the network sees it',
  fetching: 'Fetching the network…',
  computing: 'Computing…',
  methods: {
    ...{ backprop: 'backprop', deconvnet: 'deconvnet', guided: 'guided', 'input-x-gradient': 'input × gradient' },
    ...{ 'integrated-gradients': 'integrated gradients', smoothgrad: 'SmoothGrad', 'grad-cam': 'Grad-CAM' },
    ...{ 'guided-grad-cam': 'guided Grad-CAM', occlusion: 'occlusion', rise: 'RISE', lrp: 'LRP' },
  },
  map: (method) => `Map by ${method === 'guided' ? 'guided backpropagation' : ENGLISH.methods[method]}`,
  growing: (method) => `Map by ${ENGLISH.methods[method]}: steps done`,
  meanings: {
    gradient: 'positive where a brighter pixel raises the explained value, negative where a darker one does.',
    rule: 'positive where a brighter pixel raises the explained value along the paths that the rule keeps, negative where a darker one does.',
    contribution: 'positive where the picture raises the explained value compared with a grey one, negative where it lowers it.',
    relevance:
      'the explained value, shared out layer by layer among the pixels. Positive where a pixel adds to that value, negative where it takes away from it.',
    cam: 'positive where the activations of the layer raise the explained value; never negative.',
    'guided-cam':
      'guided, where Grad-CAM is positive: positive where a brighter pixel raises the explained value, negative where a darker one does.',
    occlusion: 'positive where covering the picture lowers the explained value, negative where it raises it.',
    masks: 'larger where the answer is stronger, on average, while the place is left uncovered.',
  },
  meaningOf: (methods, meaning) => (methods.length > 0 ? `${methods.join(', ')}: ${meaning}` : capitalised(meaning)),
  tries: {
    gradient: 'Try another class or unit.',
    rule: 'Try backprop, or another class or unit.',
    contribution: 'Try backprop, or another picture.',
    relevance: 'Try backprop, or another class or unit.',
    cam: 'Try guided, or another class or unit.',
    'guided-cam': 'Try guided, or another class or unit.',
    occlusion: 'Try a larger window, or another class or unit.',
    masks: 'Try fewer cells, or another class or unit.',
  },
  says: ({ network, label, share }) => `${network} says “${label}”, ${share} %.`,
  random: (network) => `${network} with random weights`,
  percent: (share) => `${share} %`,
  lessThan: (share) => `< ${share} %`,
  likeliest: 'The likeliest classes',
  classes: 'Classes',
  otherClass: 'Explain another class',
  noClass: (typed) => `No class is called “${typed}”. Try a shorter or more general word.`,
  found: (count) => (count === 1 ? '1 class.' : `${count} classes.`),
  foundMore: (count, listed) => `${count} classes, the likeliest ${listed} listed.`,
  classNames: {},
  to: 'to',
  scale: {
    both: ['negative', 'positive'],
    positive: ['zero or negative', 'positive'],
    negative: ['zero or positive', 'negative'],
    magnitude: ['zero', 'strong, of either sign'],
  },
  explainedClass: (label) => `Explained: “${label}”.`,
  explainedUnit: ({ layer, channel, className, column, row }) =>
    `Explained: ${layer}, channel ${channel}${className ? ` (${className})` : ''}, column ${column}, row ${row}.`,
  failed: (reason) => `This figure could not be computed. ${reason}`,
  errors: {},
  warnings: {},
};

/** @type {Words} */
const KOREAN = {
  picture: '이미지',
  seen: '신경망이 보는 이미지',
  fetching: '신경망을 가져오는 중…',
  computing: '계산하는 중…',
  methods: {
    ...{ backprop: '역전파', deconvnet: 'deconvnet', guided: '유도 역전파', 'input-x-gradient': '입력 × 기울기' },
    ...{ 'integrated-gradients': '적분 기울기', smoothgrad: 'SmoothGrad', 'grad-cam': 'Grad-CAM' },
    ...{ 'guided-grad-cam': '유도 Grad-CAM', occlusion: '가리기', rise: 'RISE', lrp: 'LRP' },
  },
  map: (method) => `${KOREAN.methods[method]} 맵`,
  growing: (method) => `${KOREAN.methods[method]} 맵: 끝난 단계`,
  meanings: {
    gradient: '밝아지면 설명하는 값이 커지는 곳은 양수, 어두워지면 커지는 곳은 음수입니다.',
    rule: '규칙이 남기는 길을 따라, 밝아지면 설명하는 값이 커지는 곳은 양수, 어두워지면 커지는 곳은 음수입니다.',
    contribution: '회색 이미지와 비교해 이 이미지가 설명하는 값을 키우는 곳은 양수, 줄이는 곳은 음수입니다.',
    relevance: '설명하는 값을 층마다 나누어 픽셀까지 내려보낸 몫입니다. 그 값에 보태는 곳은 양수, 그 값을 깎는 곳은 음수입니다.',
    cam: '층이 설명하는 값을 뒷받침하는 곳은 양수입니다. 음수는 없습니다.',
    'guided-cam': 'Grad-CAM이 양수인 곳의 유도 역전파입니다. 밝아지면 설명하는 값이 커지는 곳은 양수, 어두워지면 커지는 곳은 음수입니다.',
    occlusion: '가리면 설명하는 값이 작아지는 곳은 양수, 커지는 곳은 음수입니다.',
    masks: '가리지 않고 남겨 두었을 때 신경망이 더 확실히 답하는 곳일수록 값이 큽니다.',
  },
  meaningOf: (methods, meaning) => (methods.length > 0 ? `${methods.join(', ')}: ${meaning}` : meaning),
  tries: {
    gradient: '다른 클래스나 유닛을 골라 보세요.',
    rule: '역전파로 보거나 다른 클래스나 유닛을 골라 보세요.',
    contribution: '역전파로 보거나 다른 이미지를 골라 보세요.',
    relevance: '역전파로 보거나 다른 클래스나 유닛을 골라 보세요.',
    cam: '유도 역전파로 보거나 다른 클래스나 유닛을 골라 보세요.',
    'guided-cam': '유도 역전파로 보거나 다른 클래스나 유닛을 골라 보세요.',
    occlusion: '더 큰 창을 쓰거나 다른 클래스나 유닛을 골라 보세요.',
    masks: '칸 수를 줄이거나 다른 클래스나 유닛을 골라 보세요.',
  },
  says: ({ network, label, share }) => `${network}의 답은 ‘${label}’, ${share}%입니다.`,
  random: (network) => `가중치가 무작위인 ${network}`,
  percent: (share) => `${share}%`,
  lessThan: (share) => `${share}% 미만`,
  likeliest: '확률이 높은 클래스',
  classes: '클래스',
  otherClass: '다른 클래스 설명하기',
  noClass: (typed) => `이름이 ‘${typed}’인 클래스가 없습니다. 더 짧거나 더 일반적인 낱말로 찾아보세요.`,
  found: (count) => `클래스 ${count}개.`,
  foundMore: (count, listed) => `클래스 ${count}개. 확률이 높은 ${listed}개만 보입니다.`,
  classNames: {
    ...{ airplane: '비행기', automobile: '자동차', bird: '새', cat: '고양이', deer: '사슴' },
    ...{ dog: '개', frog: '개구리', horse: '말', ship: '배', truck: '트럭' },
  },
  to: '에서',
  scale: {
    both: ['음수', '양수'],
    positive: ['0이나 음수', '양수'],
    negative: ['0이나 양수', '음수'],
    magnitude: ['0', '큰 값(부호와 상관없이)'],
  },
  explainedClass: (label) => `설명한 클래스: ‘${label}’.`,
  explainedUnit: ({ layer, channel, className, column, row }) =>
    `설명한 유닛: ${layer}, 채널 ${channel}${className ? `(${className})` : ''}, ${row}행 ${column}열.`,
  failed: (reason) => `이 그림을 계산하지 못했습니다. ${reason}`,
  errors: {
    'invalid-model': '모델 파일이 아니거나 그 안의 모델이 올바르지 않습니다.',
    'invalid-target': '그런 클래스, 층, 채널, 자리가 없거나 설명할 수 없는 것입니다.',
    'invalid-picture': '이미지를 읽을 수 없습니다.',
    'invalid-option': '태그의 속성에 빠졌거나 쓸 수 없는 값이 있습니다.',
    'too-large': '이 신경망을 한 번 계산하는 데 드는 연산이나 메모리가 한도를 넘습니다.',
    'unsupported-browser': '엔진에 필요한 WebAssembly SIMD를 이 브라우저에서는 쓸 수 없습니다.',
    unreadable: '파일이나 주소를 읽을 수 없습니다.',
    'engine-crashed': '엔진이 계산하다가 멈췄습니다.',
  },
  warnings: {
    'zero-gradient': '맵이 어디서나 0입니다. 픽셀까지 신호가 통과하는 길이 없습니다.',
    'plain-gradient': '이미지까지의 길에 ReLU가 아닌 활성 함수가 있습니다. 거기서는 이 규칙도 보통의 기울기를 그대로 보냅니다.',
  },
};

/** @param {string} sentence */
function capitalised(sentence) {
  return `${sentence[0]?.toUpperCase()}${sentence.slice(1)}`;
}

/** @type {Readonly<Record<string, Words>>} */
const LANGUAGES = { en: ENGLISH, ko: KOREAN };

/** The words for an element where it stands. @param {Element} element @returns {Words} */
export function wordsFor(element) {
  return LANGUAGES[languageOf(element).toLowerCase().split('-')[0] ?? ''] ?? ENGLISH;
}

/** A class as a reader knows it, with all its names. @param {Words} words @param {string} label as the model file has it */
export function className({ classNames }, label) {
  return Object.hasOwn(classNames, label) ? (classNames[label] ?? label) : isolated(label);
}

/** ImageNet labels a class with several names; where space is short, the first is enough. @param {Words} words @param {string} label */
export function shortClassName(words, label) {
  return className(words, label.split(',')[0]?.trim() || label);
}

/** Through shadow roots too, because the language of a host is that of what it holds. @param {Element} element @returns {string} */
function languageOf(element) {
  const nearest = element.closest('[lang]');
  if (nearest) return nearest.getAttribute('lang') ?? '';
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? languageOf(root.host) : '';
}

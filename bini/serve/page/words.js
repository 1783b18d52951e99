// Korean and English words of the page. `say` gives a word, `translate` writes them into what carries data-words.

const WORDS = {
  ko: {
    chartTitle: "구성대비표", skip: "본문으로", tagline: "특허 침해 위험 스크리닝", viewChart: "대비", viewBatch: "일괄", viewHistory: "이력", viewLibrary: "특허함",
    product: "제품 설명", claims: "특허 청구항", choosePatent: "특허 고르기", add: "추가", addAll: "모두 추가", pasteClaim: "또는 청구항 붙여넣기",
    split: "구성요소로 나누기", run: "대비하기", empty: "제품 설명과 청구항을 넣고 대비하기를 누르면 구성대비표가 나타납니다.",
    batchTitle: "제품 × 특허 일괄 대비", productsFile: "제품 표 (id, text · CSV, XLSX, JSONL)", patentsFile: "특허 표 (regit_num, claim_text)",
    withLibrary: "특허함의 특허도 모두 대비", start: "시작", historyTitle: "이력", exportCases: "검토를 마친 사례 내려받기 (학습용)", older: "더 보기",
    libraryTitle: "특허함", patentNumber: "특허번호", patentTitle: "이름", claimText: "청구항", save: "저장", keyTitle: "API 키", keyLabel: "이 서버는 키를 요구합니다.",
    disclaimer: "법률 자문이 아닙니다. 침해 여부는 변리사 또는 변호사의 검토가 필요합니다.",
    ready: "준비됨", notReady: "모델 준비 중", gone: "서버 연결 끊김", working: "대비하는 중", seconds: "초", claim: "청구항", dependsOn: "인용 청구항",
    remove: "빼기", addElement: "구성요소 추가", element: "구성요소", number: "번호", quote: "제품의 대응 문구", mark: "판단", note: "비고", review: "검토",
    accept: "인정", correct: "수정", accepted: "인정함", corrected: "수정함", acceptRest: "나머지 모두 인정", reason: "이유", match: "판단", equivalents: "균등 검토",
    cancel: "취소", grade: "침해 위험도", deciding: "결정 구성", allPresent: "모든 구성요소가 대응합니다", probability: "확률", missing: "확인할 사항", flags: "표시",
    modelSaid: "모델 자신의 판단", export: "내보내기", print: "인쇄", model: "모델", inputHash: "입력 해시", date: "작성일", whatIf: "가정해 보기",
    whatIfHint: "제품 설명을 고쳐 다시 대비하면, 달라진 칸과 위험도가 표시됩니다.", rerun: "고친 설명으로 다시 대비", moved: "달라짐", was: "이전", unchanged: "달라진 칸이 없습니다.",
    ranking: "위험한 순서", patent: "특허", riskColumn: "위험도", noAnswer: "답 없음", matrix: "제품 × 특허", jobDone: "끝남", jobCancelled: "취소됨", jobRunning: "진행 중", jobWaiting: "대기",
    left: "남음", minutes: "분", failed: "실패", results: "결과 보기", noHistory: "아직 이력이 없습니다.", open: "열기", reviewed: "검토", noPatents: "아직 특허가 없습니다.", sourceRecipe: "레시피",
    needClaim: "청구항을 하나 이상 넣으십시오.", author: "작성자", reviewer: "검토자", signature: "서명", day: "일자", quoteHint: "제품 설명에서 그대로", required: "이유를 적으십시오.", saved: "저장했습니다.", productRow: "제품", none: "없음", product2: "제품 설명",
  },
  en: {
    chartTitle: "Claim chart", skip: "Skip to content", tagline: "patent-infringement risk screening", viewChart: "Chart", viewBatch: "Batch", viewHistory: "History", viewLibrary: "Patents",
    product: "Product description", claims: "Patent claims", choosePatent: "Choose a patent", add: "Add", addAll: "Add all", pasteClaim: "or paste a claim",
    split: "Split into elements", run: "Compare", empty: "Enter a product and a claim and press Compare: the claim chart appears here.",
    batchTitle: "Products × patents", productsFile: "Products (id, text · CSV, XLSX, JSONL)", patentsFile: "Patents (regit_num, claim_text)",
    withLibrary: "Also against every patent of the library", start: "Start", historyTitle: "History", exportCases: "Download reviewed cases (for training)", older: "Show more",
    libraryTitle: "Patents", patentNumber: "Number", patentTitle: "Title", claimText: "Claim", save: "Save", keyTitle: "API key", keyLabel: "This server asks for a key.",
    disclaimer: "Not legal advice. Infringement needs the review of a patent attorney or lawyer.",
    ready: "ready", notReady: "model is starting", gone: "server is gone", working: "Comparing", seconds: "s", claim: "Claim", dependsOn: "depends on",
    remove: "Remove", addElement: "Add element", element: "Claim element", number: "No.", quote: "Words of the product", mark: "Mark", note: "Notes", review: "Review",
    accept: "Accept", correct: "Correct", accepted: "accepted", corrected: "corrected", acceptRest: "Accept the rest", reason: "Reason", match: "Mark", equivalents: "by equivalents",
    cancel: "Cancel", grade: "Infringement risk", deciding: "Deciding element", allPresent: "Every element is present", probability: "Probability", missing: "Open questions", flags: "Flags",
    modelSaid: "the model's own word", export: "Export", print: "Print", model: "Model", inputHash: "Input hash", date: "Date", whatIf: "What if",
    whatIfHint: "Edit the product text and compare again: cells and grade that moved are shown.", rerun: "Compare the edited text", moved: "moved", was: "was", unchanged: "No cell moved.",
    ranking: "Riskiest first", patent: "Patent", riskColumn: "Risk", noAnswer: "no answer", matrix: "Products × patents", jobDone: "finished", jobCancelled: "cancelled", jobRunning: "running", jobWaiting: "waiting",
    left: "left", minutes: "min", failed: "failed", results: "Show results", noHistory: "No history yet.", open: "Open", reviewed: "Reviewed", noPatents: "No patents yet.", sourceRecipe: "recipe",
    needClaim: "Give at least one claim.", author: "Prepared by", reviewer: "Reviewed by", signature: "Signature", day: "Date", quoteHint: "verbatim from the product text", required: "Give a reason.", saved: "Saved.", productRow: "Product", none: "none", product2: "Product",
  },
};
const ENGLISH = { 높음: "high", 애매: "unclear", 낮음: "low", 대응: "present", 미대응: "absent", 판단불가: "undecided" };

export let language = localStorage.getItem("bini-language") === "en" ? "en" : "ko";

export function say(word) {
  return WORDS[language][word] ?? word;
}

// A grade or a mark, with its English beside it on the English page.
export function term(word) {
  return language === "en" && ENGLISH[word] ? `${word} ${ENGLISH[word]}` : word;
}

export function translate(root = document) {
  document.documentElement.lang = language;
  for (const node of root.querySelectorAll("[data-words]")) node.textContent = say(node.dataset.words);
}

export function switchLanguage() {
  language = language === "ko" ? "en" : "ko";
  localStorage.setItem("bini-language", language);
  translate();
}

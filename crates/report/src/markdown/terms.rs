//! The terms of the Markdown form, in both languages. What other forms of a report say too stands in [`crate::terms`].

use crate::language::terms;

terms! {
    TITLE = "Report on suspected fraud rings" / "不正取引が疑われる口座群に関する報告書";

    // Fact, inference, opinion.
    FACT = "[FACT]" / "[事実]";
    INFERENCE = "[INFERENCE]" / "[推認]";
    OPINION = "[OPINION]" / "[意見]";
    MARKS = "How to read the marks" / "記号の見方";
    MARK = "Mark" / "記号";
    MEANS = "Meaning" / "意味";
    BITS_ARE = "Bits say how strongly a piece of evidence speaks for a conclusion: each bit doubles the odds. The prior is taken off first; what is left decides the likelihood." / "ビットは証拠の強さを表し、1 ビットごとに見込みが 2 倍となる。まず事前確率に相当する分を差し引き、残りから確度を定める。";

    // The header.
    ITEM = "Item" / "項目";
    CONTENT = "Content" / "内容";
    TOOL = "Tool" / "作成プログラム";
    SCOPE = "Scope" / "対象範囲";
    EVERYTHING = "everything" / "全体";
    SCOPE_RING = "ring {0}" / "リング {0}";
    SCOPE_BROKER = "accounts of {0}" / "{0} の口座";
    ACCOUNTS = "Accounts looked at" / "対象口座数";
    PRIOR = "Prior against each account" / "各口座の事前確率";
    BITS = "{0} bits" / "{0} ビット";
    ROWS_READ = "Rows read" / "読込行数";
    BALANCE = "{0} = {1} used + {2} rejected" / "{0} = 採用 {1} + 除外 {2}";
    UNBALANCED = "{0} (does not balance)" / "{0}(一致しない)";
    SET_ASIDE = "Used rows set aside by rule" / "規則により集計から除いた採用行";
    SET_ASIDE_IS = "{0} repeated, {1} corrected, {2} cancelled" / "重複 {0}、訂正 {1}、取消 {2}";
    TIMES = "Times" / "時刻";
    TIMES_ARE = "Japan (JST, UTC+9)" / "日本標準時(JST、UTC+9)";

    // A ring.
    RING = "Ring {0}" / "リング {0}";
    NO_RINGS = "No ring was found in what was looked at." / "対象資料からリングは検出されなかった。";
    SUMMARY = "Summary" / "概要";
    LIKELIHOOD = "Used together" / "一体としての利用";
    LIKELIHOOD_IS = "{0} ({1}), {2} bits net of the prior" / "{0}({1})、事前確率控除後 {2} ビット";
    QUALITY = "Quality of the evidence" / "証拠の質";
    QUALITY_IS = "families of evidence that hold it: {0}; independent: {1}" / "リングを支える証拠 {0} 系統(うち独立 {1} 系統)";
    PERIOD = "Period" / "期間";
    BROKERS = "Brokers" / "証券会社";
    OTHER_BROKERS = "others: {0}" / "他 {0} 社";
    NAMES = "Names" / "銘柄";
    COUNTS = "Members" / "構成口座";
    COUNTS_ARE = "victims: {0}; suspected seller accounts: {1}; linked: {2}" / "被害口座 {0} 件、売り抜けが疑われる口座 {1} 件、関連が疑われる口座 {2} 件";
    MEMBERS = "Members" / "構成口座";
    ACCOUNT = "Account" / "口座";
    ROLE = "Role" / "役割";
    CONFIDENCE = "Confidence" / "確度";
    BITS_HEAD = "Bits" / "ビット";
    SEEN = "Seen (JST)" / "期間(JST)";
    AT_OTHER_BROKERS = "At other brokers (accounts not shown): {0}." / "他社(口座は非開示): {0}。";

    // Why an account is named.
    WHY = "Why {0} is named" / "{0} を構成口座とした根拠";
    KIND = "Kind" / "種別";
    STATEMENT = "What was seen" / "認められた事項";
    SOURCES = "Sources" / "出典";
    PRIOR_ROW = "prior" / "事前確率";
    PRIOR_IS = "one of {0} accounts in the data" / "全資料 {0} 口座中の 1 口座";
    TOTAL_ROW = "total" / "合計";
    TOTAL = "equal to the bits recorded for it" / "記録されたビット数と一致";
    TOTAL_DIFFERS = "{0} recorded, so {1} bits are not itemised" / "記録は {0} ビットであり、{1} ビットは内訳がない";
    NO_ROW = "rests on no single row" / "特定の行に基づかない";
    ABOUT = "About" / "対象";
    ID = "No." / "証拠番号";

    // Sellers, amounts, names, devices.
    SELLERS = "Suspected seller accounts, most proceeds first" / "売り抜けが疑われる口座(売却代金の多い順)";
    RANK = "Rank" / "順位";
    INSTRUMENT = "Name" / "銘柄";
    HELD = "Held before" / "事前保有";
    BUILT_UP = "Of these, bought in the 28 days before" / "うち直前28日間の買付";
    SOLD = "Sold" / "売却";
    OVERLAP = "Of these, while the victims bought" / "うち被害口座の買付中の売却";
    PROCEEDS = "Proceeds" / "売却代金";
    PROFIT = "Profit" / "利益";
    SELLERS_FACT = "Quantities (shares), times and proceeds are sums over the rows of each account." / "数量(株数)・日時・売却代金は、各口座の行の集計である。";
    SELLERS_INFERENCE = "That the sales were made into the ring's buying, and the profit (proceeds less the average cost of the shares sold)." / "リングの買付に対する売り抜けである点、および利益(売却代金 − 売却株式の平均取得価額)は推認である。";
    AMOUNTS = "Amounts" / "金額";
    AMOUNT = "Amount" / "区分";
    YEN = "Yen" / "金額";
    FORMULA = "Formula" / "算式";
    AMOUNTS_LEFT_OUT = "Ring-wide amounts rest on accounts at other brokers and are left out." / "リング全体の金額は他社口座に基づくため記載しない。";
    BEFORE = "Close before" / "前日終値";
    PEAK = "Peak" / "最高値";
    AFTER = "Last close" / "最終日終値";
    RISE = "Rise" / "上昇率";
    BOUGHT_QTY = "Bought by victims" / "被害口座の買付数量";
    SOLD_QTY = "Sold by suspected sellers" / "売り抜けが疑われる口座の売却数量";
    VOLUME = "Market volume" / "市場出来高";
    BOUGHT = "Victims bought (JST)" / "被害口座の買付期間(JST)";
    DEVICES = "Devices and addresses" / "端末・接続元";
    VALUE = "Device or address" / "端末・接続元";
    USERS = "Accounts in all the data" / "全資料中の利用口座数";
    WORTH = "Bits to a pair" / "1組あたりビット";
    USED = "Used (JST)" / "利用期間(JST)";

    // What holds it.
    FOUNDATIONS = "How it holds together" / "リングを支える証拠";
    FAMILY = "Family of evidence" / "証拠の系統";
    PIECES = "Pieces" / "件数";
    HOLDS = "Holds the ring" / "リングを支える";
    YES = "yes" / "該当";
    NO = "no" / "非該当";
    INDEPENDENT = "Independent families: {0}. Common purchases, opposite trades and the market rest on the same fills and count once." / "独立した証拠は {0} 系統。同一銘柄の取引・反対売買・市場の動きは同じ約定に基づくため、合わせて 1 系統と数える。";
    SHOWN_ALONE = "Pieces and bits are of the evidence shown here alone." / "件数とビットは本書に示す証拠のみのものである。";
    WEAKEST = "Weakest point" / "最も弱い点";
    GREW_HEAD = "How it grew, by the day of each member's first act" / "拡大の経過(構成口座の最初の行為の日による)";
    INNOCENT = "Innocent explanations considered" / "検討した他の説明";
    RING_EVIDENCE = "Evidence of the ring as a whole" / "リング全体に関する証拠";

    // Beside the rings.
    BURSTS = "Bursts of first-time trading" / "初回取引口座の急増";
    SIDE = "Side" / "売買";
    BUY = "buy" / "買付";
    SELL = "sell" / "売却";
    SEEN_ACCOUNTS = "Accounts" / "口座数";
    EXPECTED = "Expected" / "通常の見込み";
    Q = "False discovery rate" / "誤検出率(q値)";
    HIGH = "High over the close before" / "高値の前日終値比";
    VOLUME_RATIO = "Volume over its mean before" / "出来高の直前平均比";
    TIMES_AS_MUCH = "{0} times" / "{0} 倍";
    LONE_EPISODES = "Odd sessions in no ring" / "リングに属さない異常なセッション";
    SIGNALS = "Signals" / "検知項目";
    SOLD_YEN = "Sold" / "売却金額";
    BOUGHT_YEN = "Bought" / "買付金額";
    INPUTS = "Sources" / "入力資料";
    FILE = "File" / "ファイル";
    TABLE = "Table" / "表";
    BYTES = "Bytes" / "バイト数";
    ENCODING = "Encoding" / "文字コード";
    LIMITATIONS = "Limitations" / "留意事項";
    NONE = "None." / "なし。";
    NOT_STATED = "Not stated." / "記載なし。";
}

//! The terms of the text forms, in both languages. What other forms of a report say too stands in [`crate::terms`].

use crate::language::terms;

terms! {
    // Counted things.
    RINGS = "{0} ring|{0} rings" / "リング {0} 件";
    MEMBERS = "{0} member|{0} members" / "構成口座 {0} 件";
    ACCOUNTS = "{0} account|{0} accounts" / "{0} 口座";
    VICTIMS = "{0} victim|{0} victims" / "被害口座 {0} 件";
    SELLERS = "{0} suspected seller account|{0} suspected seller accounts" / "売り抜けが疑われる口座 {0} 件";
    LINKED = "{0} linked|{0} linked" / "関連が疑われる口座 {0} 件";
    ROWS = "{0} row|{0} rows" / "{0} 行";
    FILES = "{0} file|{0} files" / "{0} ファイル";
    BYTES = "{0} byte|{0} bytes" / "{0} バイト";
    PIECES = "{0} piece|{0} pieces" / "証拠 {0} 件";
    EPISODES = "{0} hijack episode|{0} hijack episodes" / "乗っ取りが疑われるセッション {0} 件";
    BURSTS = "{0} burst|{0} bursts" / "初回取引口座の急増 {0} 件";
    LINKS = "{0} link|{0} links" / "口座間の関連 {0} 件";
    OCCASIONS = "{0} occasion|{0} occasions" / "一致 {0} 回";
    PAIRS_OF_ACTS = "{0} pair of acts|{0} pairs of acts" / "行為の組 {0} 組";
    OTHER_BROKERS = "{0} other broker|{0} other brokers" / "他 {0} 社";
    MORE = "{0} and {1} more" / "{0} ほか {1} 件";
    PLUS_MORE = "+{0} more" / "ほか {0} 件";
    MORE_PIECES = "and {0} more piece in the table evidence|and {0} more pieces in the table evidence" / "ほか {0} 件は表 evidence に記載";
    MORE_LINKS = "and {0} more link in the table links|and {0} more links in the table links" / "ほか {0} 件は表 links に記載";
    NONE = "none" / "なし";
    SEMICOLON = "; " / "、";

    // The list of rings.
    RINGS_HEAD = "{0}, {1}. Times in Japan (JST). Millions of yen: sold = forced sales, bought = fraudulent buys, loss = estimated loss, sellers = seller proceeds." / "{0}、{1}。時刻は日本標準時(JST)。金額の単位は百万円: 売却 = 不正売却額、買付 = 不正買付額、損害 = 推定損害額、売抜 = 売り抜けが疑われる口座の売却代金。";
    COLUMN_RING = "ring" / "リング";
    COLUMN_LIKELIHOOD = "likelihood" / "確度";
    COLUMN_MEMBERS = "members" / "構成口座";
    COLUMN_BROKERS = "brokers" / "証券会社";
    COLUMN_NAMES = "names" / "銘柄";
    COLUMN_WINDOW = "window JST" / "期間(JST)";
    COLUMN_AMOUNTS = "amounts ¥M" / "百万円";
    SHORT_VICTIMS = "{0} victim|{0} victims" / "被害 {0}";
    SHORT_SELLERS = "{0} seller|{0} sellers" / "売抜疑い {0}";
    SHORT_LINKED = "{0} linked|{0} linked" / "関連疑い {0}";
    SHORT_SOLD = "sold {0}" / "売却 {0}";
    SHORT_BOUGHT = "bought {0}" / "買付 {0}";
    SHORT_LOSS = "loss {0}" / "損害 {0}";
    SHORT_PROCEEDS = "sellers {0}" / "売抜 {0}";
    SCORE = "{0} bits" / "{0} ビット";
    CARD_LIKELIHOOD = "{0} ({1}), {2} bits" / "{0}({1})、{2} ビット";
    CARD_BROKERS = "brokers" / "証券会社";
    CARD_NAMES = "names" / "銘柄";
    CARD_WINDOW = "window" / "期間";
    CARD_AMOUNTS = "¥M:" / "百万円:";

    // Nothing found.
    NO_RING = "No ring was found." / "リングは検出されなかった。";
    LOOKED_AT = "Looked at: {0} of {1}, {2} not readable; {3}." / "対象: {1}の{0}(うち読み取り不能 {2} 行)、{3}。";
    SEEN_WITHOUT_RING = "Seen without making a ring: {0}, {1}, {2}." / "リングに至らなかったもの: {0}、{1}、{2}。";
    RULE = "A ring needs two independent families of evidence, and of each member more than the prior of {0} bits against it." / "リングの成立には、独立した 2 系統以上の証拠と、各構成口座について事前確率に相当する {0} ビットを超える証拠を要する。";
    NOTE = "note:" / "注記:";

    // The review list.
    NO_CANDIDATES = "No candidates: nobody fell just short of being named." / "該当なし: 基準をわずかに下回った口座はない。";
    CANDIDATES_HEAD = "{0} fell short of being named. A candidate is a question, not a finding. An account that was entered and not traded is no member whatever its bits. Times in Japan (JST)." / "基準に達しなかった口座: {0}。要確認口座は確認を要する点を示すものであり、認定ではない。ログインのみで取引のない口座は、ビット数にかかわらず構成口座としない。時刻は日本標準時(JST)。";
    NEAR_RING = "near ring {0}" / "リング {0} に近い口座";
    NEAR_NONE = "groups of which nobody was named" / "構成口座が特定されなかったグループ";
    BITS_OF = "{0} of {1} bits" / "{0} ビット(必要 {1} ビット)";
    TIE = "tie:" / "関連:";
    MISSING = "missing:" / "不足:";
    SOURCE = "source:" / "出典:";

    // What the data lack that could decide about a candidate.
    LACKS_TRADE = "no trade in this session: only entered, so far as the data go" / "このセッションの取引(資料上はログインのみ)";
    LACKS_LOGIN = "the login of this session" / "このセッションのログイン記録";
    LACKS_EARLIER_LOGINS = "logins before the first in the data: whether its device and network were new" / "資料の最初のログインより前の履歴(端末・接続元が新規か否か)";
    LACKS_DEVICE = "the device of its login" / "ログイン時の端末識別子";
    LACKS_PORT = "the source port: the address is shared by a carrier's customers" / "送信元ポート番号(IPアドレスは通信事業者の利用者間で共有)";
    LACKS_HOLDINGS = "its holdings before the session: none are in the data" / "セッション前の保有残高(資料になし)";
    LACKS_SHARING = "a device or address shared with others: only purchases tie it to them" / "他口座と共有する端末・接続元(関連は買付のみ)";

    // Labels of up to eight columns.
    INFERRED = "inferred" / "推定";
    QUALITY = "quality" / "証拠の質";
    SEEN = "seen" / "期間";
    BROKERS = "brokers" / "証券会社";
    MEMBERS_LABEL = "members" / "構成口座";
    TOOL = "tool" / "作成";
    SCOPE = "scope" / "対象範囲";
    ACCOUNTS_LABEL = "accounts" / "対象口座";
    ROWS_LABEL = "rows" / "データ行";

    // Headings.
    RING = "RING {0}" / "リング {0}";
    MEMBERS_HEADING = "MEMBERS (inferred)" / "構成口座(推定)";
    AMOUNTS = "AMOUNTS" / "金額";
    NAMES = "NAMES" / "銘柄";
    DEVICES = "DEVICES AND ADDRESSES" / "端末・接続元";
    FOUNDATIONS = "HOW IT HOLDS TOGETHER" / "リングを支える証拠";
    WEAKEST = "WEAKEST POINT (inferred)" / "最も弱い点(推定)";
    GREW_HEAD = "HOW IT GREW, by the day of each member's first act" / "拡大の経過(構成口座の最初の行為の日による)";
    INNOCENT = "INNOCENT EXPLANATIONS CONSIDERED" / "検討した他の説明";
    RING_EVIDENCE = "EVIDENCE OF THE RING AS A WHOLE" / "リング全体に関する証拠";
    WHY = "WHY {0} IS NAMED" / "{0} を構成口座とした根拠";
    ACCOUNT = "ACCOUNT {0}" / "口座 {0}";
    WHY_IN = "WHY IT IS NAMED IN {0}, in bits that add up" / "{0} の構成口座とした根拠(ビットの積み上げ)";
    UNATTACHED = "EVIDENCE THAT SUPPORTS NO RING" / "リングの根拠とならない証拠";
    SHARED = "EVIDENCE SHARED WITH ANOTHER ACCOUNT, not in the sum" / "他口座との間の証拠(合計に含まない)";
    EPISODES_HEADING = "EPISODES AND SIGNALS" / "異常なセッションと検知項目";
    LINKS_HEADING = "STRONGEST LINKS, without the prior" / "最も強い口座間の関連(事前確率を含まない)";
    NOT_AVAILABLE = "NOT AVAILABLE, AND WARNINGS" / "入手できなかった資料と注意事項";
    REPORT = "REPORT" / "報告書";
    INPUTS = "INPUT FILES" / "入力ファイル";
    RINGS_HEADING = "RINGS" / "リング";
    BURSTS_HEADING = "BURSTS" / "初回取引口座の急増";
    LONE_EPISODES = "EPISODES IN NO RING (inferred)" / "リングに属さない異常なセッション(推定)";
    LIMITATIONS = "LIMITATIONS" / "留意事項";

    // A ring.
    LIKELIHOOD = "{0} ({1}) that these accounts were used together; {2} bits net of the prior" / "これらの口座が一体として利用されたこと: {0}({1})、事前確率控除後 {2} ビット";
    FAMILIES = "{0} family of evidence, {1} of them independent|{0} families of evidence, {1} of them independent" / "証拠 {0} 系統(うち独立 {1} 系統)";
    MEMBER = "{0}: {1}; {2} ({3}), {4} bits; {5}" / "{0}: {1}、{2}({3})、{4} ビット、{5}";
    AT_OTHER_BROKERS = "at other brokers: {0} (accounts not shown)" / "他社: {0}(口座は非開示)";
    AMOUNT = "{0}: {1} = {2}" / "{0}: {1} = {2}。";
    AMOUNTS_LEFT_OUT = "ring-wide amounts rest on accounts at other brokers and are left out" / "リング全体の金額は他社口座に基づくため記載しない。";
    PRICES = "price before {0}, peak {1}, after {2}" / "株価 前日終値 {0}・最高値 {1}・最終日終値 {2}";
    RISE = "rise {0} %" / "上昇率 {0}%";
    VICTIMS_BOUGHT = "victims bought {0}" / "被害口座の買付 {0}";
    SHARES = "shares bought by victims {0}, sold by suspected sellers {1}" / "被害口座の買付数量 {0} 株、売り抜けが疑われる口座の売却数量 {1} 株";
    MARKET_VOLUME = "market volume {0}" / "市場出来高 {0}";
    NONE_SHARED = "none shared" / "共有なし";
    DEVICE = "{0}: {1}; used by {2} in all the data; worth {3} bits to a pair; {4}" / "{0}: {1}、全資料中 {2}が利用、1 組あたり {3} ビット、{4}";
    FAMILY = "{0}: {1}, {2} bits" / "{0}: {1}、{2} ビット";
    ASIDE = "{0} (not counted among those that hold it)" / "{0}(リングを支える系統に数えない)";
    SHOWN_ALONE = "pieces and bits are of the evidence shown here alone" / "件数とビット数は本書に示す証拠のみのもの。";
    INDEPENDENT = "{0} independent (co_trading, opposite and market rest on the same fills and count once)" / "独立した証拠は {0} 系統(co_trading・opposite・market は同じ約定に基づくため、合わせて 1 系統と数える)。";
    NOT_STATED = "not stated" / "記載なし";
    NONE_STATED = "none stated" / "記載なし";
    NONE_BESIDE_MEMBERS = "none beside that of its members" / "各構成口座の証拠のほかになし";

    // A piece of evidence.
    OF = "of {0}" / "対象: {0}";
    ON = "on {0}" / "根拠: {0}";
    NO_ROW = "rests on no single row" / "特定の行に基づかない";
    ID = "id {0}" / "証拠番号 {0}";
    PRIOR = "prior: one of {0}" / "事前確率: {0}中の 1 口座";
    TOTAL = "total, equal to the bits recorded for it" / "合計(記録されたビット数と一致)";
    TOTAL_DIFFERS = "total of what is listed; {0} recorded, so {1} bits are not itemised" / "列挙分の合計。記録は {0} ビットであり、{1} ビットは内訳がない。";

    // An account.
    MEMBERSHIP = "{0}; {1} ({2}) in ring {3}" / "{0}、{1}({2})、リング {3}";
    IN_NO_RING = "In the data, in no ring." / "資料に存在するが、いずれのリングにも属さない。";
    NO_EPISODE = "It shows no hijack episode." / "乗っ取りが疑われるセッションはない。";
    ONE_EPISODE = "Its strongest episode is worth {0} bits; with the prior of {1} that leaves {2}. One family of evidence alone makes no ring." / "最も強い異常なセッションは {0} ビット、事前確率 {1} ビットを加えると {2} ビットとなる。1 系統の証拠のみではリングは成立しない。";
    LINK = "bits to {0} by {1}: {2}, {3}" / "ビット、相手方 {0}、{1}: {2}、{3}";
    WITH_Q = "{0}, q {1}" / "{0}、q値 {1}";
    IN_RING = "{0}, in ring {1}" / "{0}、リング {1} 内";
    NOTHING_NOTED = "nothing noted" / "特記事項なし";

    // Sessions and bursts.
    EPISODE = "{0}: {1} bits; signals {2}; sold {3}, bought {4}; names bought {5}" / "{0}: {1} ビット。検知項目: {2}。売却 {3}、買付 {4}。買付銘柄: {5}。";
    BUY = "buy" / "買付";
    SELL = "sell" / "売却";
    BURST = "{0} {1}, {2}: {3} where {4} were expected, q {5}; {6}" / "{0} {1}、{2}: 通常の見込み {4} 口座に対し {3}、q値 {5}、{6}";
    HIGH_OVER_CLOSE = "{0}; high {1} % over the close before" / "{0}、高値の前日終値比 {1}%";
    VOLUME_RATIO = "{0}; volume {1} times the mean before" / "{0}、出来高は直前平均の {1} 倍";

    // The whole report.
    ACCOUNTS_AND_PRIOR = "{0}; prior against each {1} bits" / "{0}、各口座の事前確率 -{1} ビット";
    BALANCE = "{0} read = {1} used + {2} rejected" / "読込 {0} = 採用 {1} + 除外 {2}";
    UNBALANCED = "{0} (does not balance)" / "{0}(一致しない)";
    SET_ASIDE = "of those used, set aside by rule: {0} repeated, {1} corrected, {2} cancelled" / "採用行のうち規則により集計から除いた行: 重複 {0}、訂正 {1}、取消 {2}";
    EVERYTHING = "everything" / "全体";
    SCOPE_RING = "ring {0}" / "リング {0}";
    SCOPE_BROKER = "accounts of {0}" / "{0} の口座";
    FILE = "{0}; {1}; SHA-256 {2}…; {3}" / "{0}、{1}、SHA-256 {2}…、{3}";
    ENCODING = "encoding {0}" / "文字コード {0}";
    NO_RINGS = "none was found in what was looked at" / "対象資料からは検出されなかった。";
}

#[cfg(test)]
mod tests {
    /// Labels stand before a column of text that begins at the same place in both languages.
    #[test]
    fn labels_fit_their_column() {
        use super::*;
        for label in
            [INFERRED, QUALITY, SEEN, BROKERS, MEMBERS_LABEL, TOOL, SCOPE, ACCOUNTS_LABEL, ROWS_LABEL]
        {
            for text in [label.en, label.ja] {
                assert!(crate::layout::width(text) <= 8, "{text}");
            }
        }
    }
}

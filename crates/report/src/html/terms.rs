//! The terms of the HTML form, in both languages.

use crate::language::terms;

terms! {
    TITLE = "Dossier on suspected rings of hijacked brokerage accounts" / "証券口座乗っ取りが疑われるリングに関する調査報告書";
    TITLE_RING = "Dossier on ring {0}" / "リング {0} に関する調査報告書";
    SKIP = "Skip to the content" / "本文へ移動";
    CONTENTS = "Contents" / "目次";
    ACCOUNTS_OF = "Annex for {0}" / "{0} 向け別紙";
    LEGEND = "How to read this" / "読み方";
    FACT = "fact" / "事実";
    INFERENCE = "inference" / "推認";
    OPINION = "opinion" / "意見";
    CASE = "This report" / "本書について";
    TOOL = "tool" / "使用ツール";
    COMPUTED = "computed at (UTC)" / "算出日時(UTC)";
    SCOPE = "scope" / "対象範囲";
    EVERYTHING = "everything" / "全体";
    RING_SCOPE = "ring {0}" / "リング {0}";
    BROKER_SCOPE = "accounts of {0}" / "{0} の口座";
    ACCOUNTS_READ = "accounts in the data" / "データ中の口座数";
    PRIOR = "prior against each account" / "各口座に不利に働く事前確率";
    BITS = "bits" / "ビット";
    BITS_OF = "{0} bits" / "{0} ビット";
    ROWS = "rows of input" / "入力行数";
    ROWS_ARE = "{0} read = {1} used + {2} rejected" / "読込 {0} = 使用 {1} + 除外 {2}";
    SET_ASIDE = "of those used, set aside by rule" / "使用した行のうち規則により対象外";
    SET_ASIDE_ARE = "{0} repeated, {1} corrected, {2} cancelled" / "重複 {0}、訂正 {1}、取消 {2}";
    SHARING = "sharing" / "共有制限";
    SHARING_IS = "TLP:AMBER+STRICT unless the holder says otherwise" / "TLP:AMBER+STRICT(保有者が別に定める場合を除く)";

    // Preserve now.
    PRESERVE = "Preserve now" / "保全を急ぐ接続記録";
    PRESERVE_WHY = "Providers delete connection records after months. Behind carrier NAT a subscriber is found only by address, source port and time together. Oldest first: what is deleted first." / "接続記録は数か月で消去される。通信事業者のNAT配下では、IPアドレス・送信元ポート番号・時刻の3点がそろって初めて契約者を特定できる。消去が早い古いものから順に示す。";
    PRESERVE_NONE = "No login of a member states an address." / "構成口座のログインにIPアドレスの記録がない。";
    PRESERVE_CUT = "The first {0} of {1} lines; all of them stand in the CSV of report --preserve." / "全 {1} 件のうち先頭の {0} 件を示す。全件は report --preserve の CSV にある。";
    IP = "IP address" / "IPアドレス";
    PORT = "source port" / "送信元ポート番号";
    TIME_JST = "time JST (+09:00)" / "時刻 JST(+09:00)";
    TIME_UTC = "time UTC" / "時刻 UTC";
    ACT = "act" / "行為";
    NETWORK = "network" / "ネットワーク";
    ACCOUNT = "account" / "口座";
    SOURCE = "source" / "出典";
    RING = "ring" / "リング";
    NO_RING = "No ring was found in what was looked at." / "対象データからリングは検出されなかった。";
    SAVE_CSV = "Save as CSV" / "CSVで保存";

    // Summary of a ring.
    SUMMARY = "Summary" / "概要";
    LIKELIHOOD = "Likelihood" / "確度";
    LIKELIHOOD_IS = "that these accounts were used together: {0} ({1}); {2} bits net of the prior" / "これらの口座が一体として利用されたこと: {0}({1})。事前確率控除後 {2} ビット";
    QUALITY = "Quality of evidence" / "証拠の質";
    WINDOW = "window (JST)" / "期間(JST)";
    BROKERS = "brokers" / "証券会社";
    OTHER_BROKERS = "{0} other broker|{0} other brokers" / "他 {0} 社";
    NAMES = "names" / "銘柄";
    MEMBERS = "Members" / "構成口座";
    VICTIMS_N = "{0} victim account|{0} victim accounts" / "被害口座 {0} 件";
    SELLERS_N = "{0} suspected seller account|{0} suspected seller accounts" / "売り抜けが疑われる口座 {0} 件";
    LINKED_N = "{0} linked account|{0} linked accounts" / "関連が疑われる口座 {0} 件";
    FAMILIES = "families of evidence" / "証拠の系統";
    INDEPENDENT = "{0} independent: what rests on the same fills counts once" / "独立した系統 {0}(同じ約定に基づくものは1系統とする)";
    NOT_SHOWN = "At other brokers: {0}, {1}, {2}. Their accounts are not shown." / "他社の口座: {0}、{1}、{2}。口座は示さない。";

    // Chart.
    CHART = "Link chart" / "相関図";
    CHART_IS = "Link chart of ring {0}: {1} nodes, {2} links" / "リング {0} の相関図: 節点 {1}、関連 {2}";
    CHART_HOW = "Tab into the chart, arrow keys go from node to node, Enter shows details, + and − zoom. Drag a node to move it, the ground to move everything. The table below holds the same." / "タブキーで図に入り、矢印キーで節点間を移動、Enterで詳細表示、+と−で拡大縮小。節点や背景はドラッグで移動できる。下の表に同じ内容がある。";
    CHART_CUT = "Left out, those with the fewest bits: {0} members, {1} devices and addresses, {2} links. All stand in the tables." / "ビットの小さいものから省略: 構成口座 {0} 件、端末・接続元 {1} 件、関連 {2} 件。すべて表にある。";
    SHOW = "Show" / "表示";
    TIE_DEVICE = "same device" / "同一端末";
    TIE_IP = "same address" / "同一IPアドレス";
    TIE_BOUGHT = "bought" / "買付";
    TIE_SOLD = "sold" / "売却";
    AT_LEAST = "from bits" / "下限ビット";
    ZOOM_IN = "Zoom in" / "拡大";
    ZOOM_OUT = "Zoom out" / "縮小";
    ZOOM_ALL = "Show all" / "全体表示";
    ZOOM_WINDOW = "Ring's window" / "リングの期間";
    DETAILS = "Details" / "詳細";
    DETAILS_NONE = "Nothing chosen." / "選択なし";
    LINKS_TABLE = "The links as a table" / "関連の一覧表";
    FROM = "from" / "起点";
    TO = "to" / "終点";
    TIE = "link" / "関連";
    FIRST = "first (JST)" / "最初(JST)";
    LAST = "last (JST)" / "最後(JST)";
    TIMES = "times" / "回数";
    COLUMN_SHARED = "Devices and addresses" / "端末・接続元";
    COLUMN_ACCOUNTS = "Victims and linked accounts" / "被害口座・関連口座";
    COLUMN_NAMES = "Names" / "銘柄";
    COLUMN_SELLERS = "Suspected sellers" / "売り抜けが疑われる口座";
    SHAPE_DEVICE = "device" / "端末";
    SHAPE_IP = "IP address" / "IPアドレス";
    SHAPE_NAME = "name" / "銘柄";

    // Timeline.
    TIMELINE = "Timeline" / "時系列";
    TIMELINE_IS = "Timeline of ring {0} from {1} to {2} (JST): {3} marks" / "リング {0} の時系列({1}~{2}、JST): 標識 {3}";
    TIMELINE_HOW = "Each mark: acts of one kind at one broker within one minute. Buttons or + and − zoom, arrow keys move. Under it daily prices (low to high, close), fills of the ring, volume beside the mean of 20 days before." / "各標識は、同一社・同一種類・1分以内の行為。ボタンまたは+と−で拡大縮小、矢印キーで移動。下段は日足(安値~高値、終値)、リングの約定、出来高と直前20日平均。";
    TIMELINE_HOURS = "So many acts that each mark gathers one hour." / "行為が多いため、各標識は1時間単位でまとめている。";
    TIMELINE_CUT = "{0} more names stand in the tables." / "ほか {0} 銘柄は表に示す。";
    LANE_LOGINS = "logins" / "ログイン";
    LANE_CHANGES = "failures, changes" / "失敗・変更";
    LANE_SALES = "sales" / "売却";
    LANE_PURCHASES = "purchases" / "買付";
    LANE_SELLER_PURCHASES = "sellers: bought" / "売抜口座: 買付";
    LANE_SELLER_SALES = "sellers: sold" / "売抜口座: 売却";
    MARK = "{0}, {1}, {2} JST: {3} acts of {4} accounts" / "{0}、{1}、{2} JST: {4} 口座による {3} 件";
    BAR = "{0} {1}: open {2}, high {3}, low {4}, close {5}; volume {6}, mean before {7}; bought by victims {8}" / "{0} {1}: 始値 {2}、高値 {3}、安値 {4}、終値 {5}、出来高 {6}、直前平均 {7}、被害口座の買付 {8}";
    PRICE = "price" / "株価";
    VOLUME = "volume" / "出来高";
    USUAL = "mean of 20 days" / "20日平均";
    FILL_VICTIM = "fill of a victim" / "被害口座の約定";
    FILL_SELLER = "fill of a suspected seller" / "売抜口座の約定";

    // Members.
    ROLE = "role" / "役割";
    CONFIDENCE = "confidence" / "確度";
    SEEN = "seen (JST)" / "期間(JST)";
    WHY = "Why it is named" / "関連を疑う理由";
    WHY_CUT = "Waterfalls of the {0} members with most bits; those of the other {1} are told by itoguchi explain." / "ビットの大きい {0} 口座の内訳を示す。他の {1} 口座は itoguchi explain で確認できる。";
    PRIOR_LINE = "prior: one of {0} accounts" / "事前確率: {0} 口座のうちの1口座";
    TOTAL = "total" / "合計";
    NOT_ITEMISED = "{0} bits of what is recorded are not itemised" / "記録された値のうち {0} ビットは内訳がない";
    EVIDENCE = "evidence" / "証拠";
    STATEMENT = "what was seen" / "確認された事項";
    WHEN = "when (JST)" / "日時(JST)";
    NO_ROW = "rests on no single row" / "特定の行に基づかない";
    SIGNALS = "signals" / "シグナル";
    SHARED_EVIDENCE = "Evidence of the ring as a whole" / "リング全体に関する証拠";
    MORE_EVIDENCE = "{0} more pieces stand in the table evidence." / "ほか {0} 件は evidence 表にある。";

    // Sellers.
    SELLERS = "Suspected sellers, ranked" / "売り抜けが疑われる口座(売却代金順)";
    SELLERS_NONE = "None was found." / "検出されなかった。";
    HELD = "held before (shares)" / "事前保有(株)";
    BUILT_UP = "built up in 28 days (pre-position)" / "直前28日間の仕込み";
    SOLD = "sold in the bursts (shares)" / "買付集中期間の売却(株)";
    OVERLAP = "while victims bought" / "被害口座の買付中の売却";
    PROCEEDS = "proceeds" / "売却代金";
    PROFIT = "profit" / "利益";

    // Amounts and ratios.
    AMOUNTS = "Amounts" / "金額";
    AMOUNT = "amount" / "金額";
    FORMULA = "formula" / "算式";
    AMOUNTS_APART = "They are never added up: forced sales and purchases turn over the same money." / "各金額は合算しない(売却と買付は同じ資金が回転したもの)。";
    AMOUNTS_OWN = "Ring-wide amounts rest on accounts at other brokers and are left out." / "リング全体の金額は他社口座に基づくため記載しない。";
    RATIOS = "Trading ratios" / "取引関与の指標";
    DAY = "day" / "日付";
    PARTICIPATION = "participation" / "関与率";
    PARTICIPATION_IS = "participation: shares the victims bought ÷ market volume" / "関与率: 被害口座の買付株数 ÷ 市場出来高";
    RAISING = "buying up" / "買い上がり";
    RAISING_IS = "buying up: of those, shares bought above the last known price ÷ shares the victims bought" / "買い上がり: 直前の既知価格を上回る買付株数 ÷ 被害口座の買付株数";
    CLOSING = "at the close" / "終値関与率";
    CLOSING_IS = "at the close: shares bought at 15:25 or later ÷ shares the victims bought" / "終値関与率: 15時25分以降の買付株数 ÷ 被害口座の買付株数";
    MATCHED = "possible match" / "対当率(上限)";
    MATCHED_IS = "possible match: at most so many came from suspected sellers (same minute, same price) ÷ shares the victims bought" / "対当率: 売抜口座の同一分・同一価格の売却と対当し得る株数の上限 ÷ 被害口座の買付株数";
    SELLER_SHARE = "sellers' share" / "売抜口座の関与率";
    SELLER_SHARE_IS = "sellers' share: shares the suspected sellers sold ÷ market volume" / "売抜口座の関与率: 売抜口座の売却株数 ÷ 市場出来高";
    VOLUME_RATIO = "volume ÷ usual" / "出来高倍率";
    VOLUME_RATIO_IS = "volume ÷ usual: market volume ÷ mean of up to 20 days before" / "出来高倍率: 市場出来高 ÷ 直前最大20日の平均";
    RISE = "high ÷ close before" / "高値騰落率";
    RISE_IS = "high ÷ close before − 1" / "高値騰落率: 当日高値 ÷ 前日終値 − 1";

    // Names, devices and addresses.
    NAMES_TRADED = "Names" / "対象銘柄";
    BOUGHT_WHEN = "victims bought (JST)" / "被害口座の買付時刻(JST)";
    VICTIMS_BOUGHT = "bought by victims" / "被害口座の買付株数";
    SELLERS_SOLD = "sold by suspected sellers" / "売抜口座の売却株数";
    MARKET_VOLUME = "market volume" / "市場出来高";
    PRICE_BEFORE = "price before" / "前日終値";
    PRICE_PEAK = "peak" / "高値";
    PRICE_AFTER = "after" / "最終日終値";
    INFRASTRUCTURE = "Devices and addresses" / "端末・接続元";
    INFRASTRUCTURE_NONE = "None is shared." / "共有されたものはない。";
    VALUE = "value" / "値";
    USERS = "accounts of all the data" / "全データでの利用口座数";
    WORTH = "worth to a pair" / "1組あたりの価値";
    ADDRESS_NOTE = "An address is no person. Residential lines are used as relays without their owners' knowledge; carriers, offices and aggregators share addresses among many." / "IPアドレスは人物を示さない。家庭の回線は契約者の知らないうちに踏み台にされることがあり、通信事業者・職場・口座集約サービスのIPアドレスは多数で共用される。";

    // Foundations.
    HOLDS = "How it holds together" / "リングを支える証拠";
    FAMILY = "family" / "系統";
    PIECES = "pieces" / "件数";
    COUNTED = "holds the ring" / "リングを支える";
    YES = "yes" / "該当";
    NO = "no" / "非該当";
    WEAKEST = "Weakest point" / "最も弱い点";
    GREW_HEAD = "How it grew, by the day of each member's first act" / "拡大の経過(構成口座の最初の行為の日による)";
    INNOCENT = "Innocent explanations considered" / "検討した他の説明";
    NONE_STATED = "none stated" / "記載なし";
    OPINIONS_NONE = "No decision of an analyst is recorded on these accounts." / "これらの口座について、分析担当者の判断は記録されていない。";

    // The rest.
    BURSTS = "Bursts of first-time buying and selling" / "初回売買口座の急増";
    BURST_IS = "{0} accounts where {1} were expected, q {2}" / "{0} 口座(期待値 {1} 口座、q = {2})";
    SIDE = "side" / "売買";
    LONE = "Odd sessions in no ring" / "リングに属さない異常なセッション";
    LONE_IS = "One family of evidence alone makes no ring: these accounts are not linked to anything here." / "1系統の証拠のみではリングとしない。以下の口座は本書のいずれのリングとも関連付けられていない。";
    LONE_CUT = "{0} more stand in the table episodes." / "ほか {0} 件は episodes 表にある。";
    SOLD_JPY = "sold" / "売却金額";
    BOUGHT_JPY = "bought" / "買付金額";
    ACTS = "Acts, row by row" / "行為の一覧(行単位)";
    ACTS_CUT = "The first {0} of {1} rows by time; all stand in the table ring_acts." / "全 {1} 行のうち時刻順に先頭の {0} 行を示す。全件は ring_acts 表にある。";
    QUANTITY = "shares" / "株数";
    DEVICE_ID = "device" / "端末";
    PROGRAM = "program" / "利用プログラム";
    AMOUNT_JPY = "yen" / "金額(円)";
    SOURCES = "Sources" / "出典資料";
    SOURCES_IS = "Every figure names a file by its number here and its 1-based data record." / "各数値の出典は、以下の資料番号と行番号(見出しを除き1から数える)で示す。";
    FILE = "file" / "資料";
    TABLE = "table" / "表";
    BYTES = "bytes" / "バイト数";
    READ = "rows read" / "読込行数";
    USED = "used" / "使用";
    REJECTED = "rejected" / "除外";
    ENCODING = "encoding" / "文字コード";
    LIMITATIONS = "Limitations, and what was not available" / "限界および入手できなかった資料";
    CONFIGURATION = "Configuration" / "設定";
}

//! The terms that every form of a report uses, in both languages. Words of one form alone stand beside that form.

use crate::language::terms;

terms! {
    // What every reader must know first.
    NOTICE = "A ring is a lead, not a finding of guilt." / "リングは調査の手がかりであり、違法行為の認定ではない。";

    // What a statement is.
    FACT_IS = "What rows of the sources say, counted or put together; the rows are named beside it. Where it counts suspected accounts, the suspicion is an inference." / "資料の行に記載された事項、またはその集計。根拠の行を併記する。疑いのある口座数に触れる場合、その疑いは推認である。";
    INFERENCE_IS = "What the program concludes from rows by fixed rules: odd sessions, roles, likelihoods, bits and estimates." / "資料の行から一定の規則により導いた結論(異常なセッション・役割・確度・ビット・推定額)。";
    OPINION_IS = "What general experience says for or against a conclusion; for the reader to weigh." / "結論の当否に関する一般的な経験に基づく見方。評価は読み手に委ねる。";

    // How a ring grew.
    GREW = "{0}: {1} first acted, {2} in all: {3}" / "{0}: 新たに {1} 口座(累計 {2} 口座): {3}";
    GREW_AND_MORE = "{0}: {1} first acted, {2} in all: {3}, …" / "{0}: 新たに {1} 口座(累計 {2} 口座): {3} ほか";

    // What analysts decided.
    OPINIONS = "OPINIONS OF ANALYSTS" / "分析担当者の意見";
    DECIDED_VICTIM = "confirmed as a victim account" / "被害口座と判断";
    DECIDED_SUSPECT = "kept under suspicion as a seller account" / "売り抜けが疑われる口座と判断";
    DECIDED_CLEARED = "cleared, not held to be part of it" / "検討の結果、関連なしと判断";
    OPINION_SAYS = "{0}: {1}, by {2} at {3}: {4}" / "{0}: {1}({2}、{3})。理由: {4}";

    // Likelihood.
    ALMOST_CERTAIN = "almost certain" / "ほぼ確実";
    LIKELY = "likely" / "可能性が高い";
    QUITE_POSSIBLE = "quite possible" / "相当程度の可能性がある";
    EVEN = "even" / "どちらともいえない";
    UNLIKELY = "unlikely" / "可能性は低い";
    UNKNOWN = "unknown" / "不明";

    // Amounts of money, and rows of a file.
    YEN = "¥{0}" / "{0}円";
    MINUS_YEN = "-¥{0}" / "-{0}円";
    ROW = "row {0}" / "行 {0}";
    ROWS = "rows {0}" / "行 {0}";
    ROWS_AND_MORE = "rows {0} and {1} more" / "行 {0} ほか {1} 行";
    COMMA = ", " / "、";
    NO_ROWS = "no rows named" / "行の記載なし";

    // Roles.
    VICTIM = "victim, account believed taken over" / "被害口座(乗っ取りが疑われる口座)";
    SELLER = "suspected seller account" / "売り抜けが疑われる口座";
    LINKED = "account linked to the ring, role not shown by the data" / "リングとの関連が疑われる口座(役割はデータから不明)";
    RELAY = "address believed to be a relay" / "踏み台とみられるIPアドレス";
    DEVICE = "shared device" / "共用端末";
    SHARED = "shared address" / "共有IPアドレス";

    // Families of evidence.
    EPISODE_FAMILY = "odd session of the account itself" / "口座自体の異常なセッション";
    INFRASTRUCTURE_FAMILY = "shared device or address" / "端末・接続元の共有";
    CO_TRADING_FAMILY = "common purchases" / "同時期の同一銘柄の取引";
    OPPOSITE_FAMILY = "opposite side of the trades" / "反対売買";
    MARKET_FAMILY = "what the market did" / "市場の動き";
    REPORTS_FAMILY = "reports" / "被害等の報告";

    // Kinds of evidence.
    HIJACK_EPISODE = "session unlike the account" / "乗っ取りが疑われるセッション";
    SAME_DEVICE = "same device" / "同一端末";
    SAME_IP = "same address" / "同一IPアドレス";
    CO_BUY = "purchases of one name within the window" / "時間窓内の同一銘柄の買付";
    CO_SELL = "sales of one name within the window" / "時間窓内の同一銘柄の売却";
    CO_BUY_DAY = "purchases of one name on one day" / "同日の同一銘柄の買付";
    OPPOSITE = "one bought while the other sold" / "一方の買付中の他方の売却";
    POSSIBLE_MATCH = "possible match" / "対当の可能性";
    COUNTERPARTY = "counterparty named by the source" / "資料に記載の取引相手方";
    SOLD_INTO_RISE = "sold into the ring's buying" / "リングの買付中の売り抜けの疑い";
    BURST = "burst of first-time buyers" / "初回買付口座の急増";
    REPORT = "report" / "報告";

    // Signals of a session.
    NEW_DEVICE = "device not used before" / "利用履歴のない端末";
    NEW_NETWORK = "network not used before" / "利用履歴のない接続元ネットワーク";
    NEW_COUNTRY = "country not seen before" / "利用履歴のない国からの接続";
    NEW_REGION = "region not seen before" / "利用履歴のない地域からの接続";
    HOSTING_OR_VPN = "data centre or VPN" / "データセンターまたはVPN経由";
    IMPOSSIBLE_TRAVEL = "two places too far apart for the time" / "移動不可能な2地点からの接続";
    CONCURRENT_SESSION = "session beside another one" / "並行する別セッション";
    FAILURES_THEN_SUCCESS = "failed logins, then one that worked" / "失敗の反復後のログイン成功";
    CONTACT_CHANGED = "contact or credentials changed" / "連絡先・認証情報の変更";
    UNUSUAL_HOUR = "unusual hour" / "通常と異なる時間帯";
    RECONNAISSANCE = "entered before without trading" / "事前の下見とみられるログイン";
    LIQUIDATE_ALL = "everything sold" / "保有株の全売却";
    LIQUIDATE_FEW = "some holdings sold out" / "一部銘柄の売却";
    LIQUIDATE_MOST = "most holdings sold" / "保有株の大半の売却";
    DORMANT_WAKES = "first trade after a long pause" / "長期休眠後の取引";
    UNFAMILIAR_NAME = "name never traded before" / "取引履歴のない銘柄の買付";
    NEW_MARKET = "market never traded before" / "取引履歴のない市場での買付";
    LOW_PRICED = "low-priced name" / "低位株の買付";
    CONCENTRATION = "nearly all money into one name" / "特定銘柄への集中";
    HEAVY_BUY = "a large part of the day's volume" / "当日出来高に対する大口買付";
    LARGE_BUY = "larger than its usual purchases" / "通常より高額の買付";
    PAID_UP = "bought while the price rose" / "上昇局面での買付";
    BUILT_UP_RECENTLY = "built up in the 28 days before" / "直前28日間の買い集め";
    SOLD_OUT = "sold nearly all it held" / "ほぼ全量の売却";
    PROFIT_OVER_10_PERCENT = "gain of more than 10 %" / "10%超の利益";
    PART_OF_THE_TAPE = "more than 5 % of the day's volume" / "当日出来高の5%超";
    NEW_ACCOUNT = "account opened within 90 days" / "開設90日以内の口座";
    CORPORATE_ACCOUNT = "account of a company" / "法人口座";
    NO_OTHER_PURCHASE_THAT_DAY = "did not buy the name that day" / "当日の同銘柄の買付なし";

    // Quality of evidence.
    STRONG = "strong" / "充実";
    MODERATE = "moderate" / "中程度";
    LIMITED = "limited" / "限定的";
    QUALITY_FAMILIES = "{0} independent families of evidence hold the ring" / "独立した証拠の系統: {0}";
    QUALITY_MEMBERS = "{0} of {1} members rest on two independent families of their own" / "構成口座 {1} 件のうち {0} 件は、単独でも独立した2系統の証拠に基づく";
    QUALITY_TIMES = "the times of all acts are known to the minute or better" / "すべての行為の時刻が分単位以上の精度で判明";
    QUALITY_BY_DAY = "{0} acts are known by day only" / "日付のみ判明している行為: {0} 件";
    QUALITY_NO_PORT = "{0} logins state no source port: behind carrier NAT the subscriber cannot be told from them" / "送信元ポート番号のないログイン: {0} 件(通信事業者のNAT配下では契約者を特定できない)";

    // Acts.
    LOGIN = "login" / "ログイン";
    LOGIN_FAILED = "failed login" / "ログイン失敗";
    LOGOUT = "logout" / "ログアウト";
    MFA_FAIL = "second factor failed" / "多要素認証の失敗";
    MFA_CHANGE = "second factor changed" / "多要素認証の変更";
    PASSWORD_CHANGE = "password changed" / "パスワード変更";
    EMAIL_CHANGE = "mail address changed" / "メールアドレス変更";
    PHONE_CHANGE = "phone number changed" / "電話番号変更";
    NOTIFICATION_OFF = "notifications switched off" / "通知の停止";
    BANK_CHANGE = "withdrawal account changed" / "出金先口座変更";
    DEVICE_REGISTER = "device registered" / "端末登録";
    BUY = "buy" / "買付";
    SELL = "sell" / "売却";
    SHORT = "short sale" / "空売り";

    // Amounts.
    FORCED_SALES = "forced sales" / "不正売却額(売却金額)";
    FORCED_SALES_IS = "sum of the sells inside the victims' episodes" / "被害口座の異常なセッション内の売却金額の合計";
    FRAUDULENT_BUYS = "fraudulent buys" / "不正買付額(買付金額)";
    FRAUDULENT_BUYS_IS = "sum of the buys inside the victims' episodes" / "被害口座の異常なセッション内の買付金額の合計";
    ESTIMATED_LOSS = "estimated loss" / "推定損害額";
    ESTIMATED_LOSS_IS = "those buys, less re-sales inside the episodes, less what is left of the shares at the close of the last trade date" / "上記買付金額 − セッション内の再売却金額 − 残株の最終取引日終値による評価額";
    SELLER_PROCEEDS = "seller proceeds" / "売り抜けが疑われる口座の売却代金";
    SELLER_PROCEEDS_IS = "sum of the sellers' sells of the ring's names inside its bursts, gross" / "売り抜けが疑われる口座による、買付集中期間内の対象銘柄の売却金額の合計(手数料等控除前)";
    SELLER_PROFIT = "seller profit" / "売り抜けが疑われる口座の利益";
    SELLER_PROFIT_IS = "seller proceeds, less the average cost of the shares sold" / "上記売却代金 − 売却株式の平均取得価額";
    OWN_FORCED_SALES = "forced sales, own accounts" / "不正売却額(自社口座分)";
    OWN_FORCED_SALES_IS = "sum of the sells inside the episodes of this broker's accounts" / "自社口座の異常なセッション内の売却金額の合計";
    OWN_FRAUDULENT_BUYS = "fraudulent buys, own accounts" / "不正買付額(自社口座分)";
    OWN_FRAUDULENT_BUYS_IS = "sum of the buys inside the episodes of this broker's accounts" / "自社口座の異常なセッション内の買付金額の合計";

    // Limitations.
    WITHHELD = "[withheld: it names an account, device or address of another broker]" / "[非開示: 他社の口座・端末・接続元を含む]";
    LIMIT_SHARING = "An address or a device may be shared by people who have nothing to do with each other: carrier networks, offices, account aggregators and relayed home connections." / "IPアドレスや端末は、無関係の者が共有している場合がある(通信事業者の共用回線、職場、口座集約サービス、踏み台にされた家庭の回線)。";
    LIMIT_SOURCES = "What the sources did not record cannot be seen here: orders that were never filled, and the other side of a trade unless a source names it." / "資料に記録されていない事項は確認できない(約定しなかった注文、資料に記載のない取引相手方)。";
    LIMIT_TIMES = "A row whose time is coarser than a window took no part in what was judged within that window." / "時間窓より粗い精度の時刻しかない行は、その時間窓の評価に用いていない。";
    LIMIT_BROKER = "This report is for {0}: of accounts at other brokers it holds counts alone, and ring-wide amounts, quantities, windows and uses of devices that rest on them are left out." / "本書は {0} 向けである。他社の口座は件数のみを示し、他社口座に基づくリング全体の金額・数量・期間・端末利用は記載していない。";
}

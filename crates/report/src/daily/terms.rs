//! The terms of the list, in both languages.

use crate::language::terms;

terms! {
    ORDER = "the day in Japan of the last act, newest first; on a day the word for how likely it is that the account belongs to its ring; then a change of credentials, contact or bank details in its sessions; then the last act, latest first; then bits; then the account" / "最後の行為の日(日本時間)の新しい順。同日内ではリングへの帰属の確度、次にセッション内の認証情報・連絡先・出金先の変更の有無、次に最後の行為の新しい順、次にビット、次に口座の順";
    NOT_KNOWN = "whether a position is still open today, and whether proceeds were withdrawn: it counts for nothing in the order, so ask the broker" / "本日時点での保有の有無および売却代金の出金の有無。順序には反映していないため、証券会社に確認する必要がある";
    TITLE = "ACCOUNTS TO FREEZE OR CALL" / "凍結または連絡を検討すべき口座";
    SHOWN = "shown:     " / "対象:   ";
    ORDER_HEAD = "order:     " / "順序:   ";
    NOT_KNOWN_HEAD = "not known: " / "不明点: ";
    LAST_DAY = "what ended in the 24 hours up to {0} JST" / "{0} JST までの24時間に終わった行為";
    EVERYTHING = "everything in the result, newest day first" / "結果の全体(新しい日から)";
    NOBODY = "NO ACCOUNT IS NAMED" / "該当する口座なし";
    ACCOUNTS_N = "{0} account|{0} accounts" / "{0} 口座";
    DAY = "{0} (Japan)" / "{0}(日本時間)";
    DECIDED = "decided or reported already" / "判断済みまたは報告済み";
    ALONE = "odd sessions and in no ring: {0}; see `itoguchi report`" / "リングに属さない異常なセッション: {0}(`itoguchi report` を参照)";
    SURE = "{0} ({1}), {2} bits; ring {3}" / "{0}({1})、{2} ビット、リング {3}";
    LAST_ACT = "last act {0} JST" / "最後の行為 {0} JST";
    SIGNALS = "signals {0}" / "シグナル {0}";
    TRADED = "in its odd sessions: sold {0}, bought {1}; names bought {2}" / "異常なセッション内: 売却 {0}、買付 {1}、買付銘柄 {2}";
    BY = "{0} by {1}, {2}" / "{0}({1}、{2})";
    IN_A_REPORT = "{0}, in a report that went in" / "{0}(入力された報告による)";
    OF_RING = "{0}; ring {1}" / "{0}。リング {1}";
    BECAUSE = "{0}: {1}" / "{0}。理由: {1}";
    EARLIER = "{0} by {1} on evidence up to {2} JST; it acted since" / "{2} JST までの証拠に基づき {1} が「{0}」と判断。その後も行為あり";
    CLEARED_BEFORE = "cleared by a report that went in; what is told here came later or was reported anew" / "入力された報告により関連なしとされた口座。ここに示すのはその後の行為、または新たに報告された行為である";
    NONE = "none" / "なし";
    AND_MORE = "{0} and {1} more" / "{0} ほか {1} 件";
}

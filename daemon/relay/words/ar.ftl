# ما يقرؤه الإنسان على هاتفه، بكلمات بسيطة.

language = اللغة
back = رجوع
again = حاول مرة أخرى
more = المزيد
yes = نعم
no = لا

unable-title = هذا المتصفح لا يستطيع التوقيع
unable-body = يلزم مفتاح مرور على صفحة لها شهادة. افتح الصفحة في متصفح أحدث.

pair-title = اقرن هذا الهاتف
pair-body = يعرض الجهاز صورة. التقطها بكاميرا هذا الهاتف وافتح ما تقود إليه. أو اكتب نصها هنا.
pair-read = قُرئت الصورة. أعط هذا الهاتف اسمًا تعرفه به.
field-invitation = نص الصورة
field-label = اسم هذا الهاتف عندك
pair-go = اقرن

making-title = لحظة
making-body = قد يطلب هاتفك إصبعك أو وجهك أو رمزك. يصنع مفتاح مرور يبقى عندك.

digits-title = هل هي نفسها؟
digits-body = انظر إلى الجهاز. إذا عرض أرقامًا أخرى فهناك أحد في الوسط.
digits-same = هي نفسها
digits-differ = مختلفة

kiosk-title = قل نعم الآن عند الجهاز
kiosk-body = يسأل الجهاز هل يعرض الاثنان الأرقام نفسها.

signing-title = هاتفك يسأل عنك
signing-body = أظهر إصبعك أو وجهك، أو اكتب رمزك.

waiting-title = لا يُطلب منك شيء
waiting-body = أبقِ هذه الصفحة مفتوحة وأنت عند الجهاز. ما يطلبه يظهر هنا.
away-title = الجهاز غير موجود
away-body = تواصل هذه الصفحة المحاولة. انظر هل للهاتف والجهاز شبكة.

asked-title = هل تسمح بهذا؟
asked-code = يجب أن يعرض الجهاز الأرقام نفسها. إن لم يفعل فقل لا.
asked-left = { $form ->
    [zero] لم تبق أي ثانية
    [one] بقيت ثانية واحدة
    [two] بقيت ثانيتان
    [few] بقيت { $count } ثوانٍ
    [many] بقيت { $count } ثانية
   *[other] بقيت { $count } ثانية
}
who = من يطلب
who-known = الجهاز يعرفهم.
who-unknown = الجهاز لا يعرفهم. الاسم قولهم هم.
contact = للوصول إليهم
what = ماذا مما يخصك
purpose = لأي غرض
text = ما سيُقال أو يُصنع
held = محفوظ في مكان آخر؛ لم يقرأه أحد هنا
days = إلى متى
days-value = { $form ->
    [zero] بلا أيام
    [one] يوم واحد
    [two] يومان
    [few] { $count } أيام
    [many] { $count } يومًا
   *[other] { $count } يوم
}
fee = الأجر
fee-value = { $amount } heart
rules = ما تقوله قواعد المالك
rules-note = تسمح به. وقّع على ذلك المدقق الذي سمّاه الجهاز عند الاقتران. لم تحسبه هذه الصفحة من جديد.
capture = التُقطت الآن
capture-value = برقم { $counter } من شريحة الجهاز
key = مفتاح من يطلب
exactly = بالتفصيل

consent-title = هل توافق على هذا؟

signed-title = تم التوقيع
signed-body = لدى الجهاز توقيعك.
paired-title = تم الاقتران
paired-body = يوقّع هذا الهاتف عنك عند هذا الجهاز 90 يومًا. أبقِ الصفحة مفتوحة أثناء تسجيلك.
declined-title = قلت لا
declined-body = لم يُوقَّع لهم شيء.
lapsed-title = انتهى الوقت
lapsed-body = لم يُوقَّع شيء. يمكن للجهاز أن يطلب من جديد.
unverified-title = لم يعرفك هاتفك
unverified-body = لذلك لم يُوقَّع شيء. حاول مرة أخرى ما دام الجهاز ينتظر؛ وبعد ذلك ابدأ هناك من جديد.
unverified-own = لذلك لم يُوقَّع شيء. حاول مرة أخرى، أو اترك الأمر كما هو.
unlocked-title = يمكنك المحاولة من جديد
unlocked-body = يسمح لك الجهاز بالوقوف أمامه مرة أخرى.

lie-title = هذا لا يتوافق
lie-body = ما يطلبه الجهاز ليس ما يقوله، أو ليس لك، أو ليس الآن. لم يُوقَّع شيء. أخبر من يديره.
lie-part = أي جزء
refused-title = الجهاز يقول لا
refused-body = لم يُنفَّذ شيء مما أردت.
own-words = بكلماته هو
unpaired-title = هذا الهاتف غير مقبول
unpaired-body = انتهى اقترانه أو أُنهي. اقرنه من جديد عند الجهاز.
pair-again = اقرن من جديد

trouble-title = لم ينجح ذلك
trouble-none = هذا ليس نص الصورة.
trouble-elsewhere = تقود الصورة إلى صفحة أخرى. افتحها بكاميرا هذا الهاتف.
trouble-late = تنتهي الصورة بعد دقيقة. ابدأ من جديد عند الجهاز.
trouble-between = ربما هناك أحد في الوسط. لم يُقرن أحد. ابدأ من جديد، ولا تدع غيرك يرى الصورة.
trouble-clock = تختلف ساعتا الجهاز والهاتف بأكثر من دقيقتين. اضبط الخاطئة منهما.
trouble-away = لم يجب الجهاز. ابدأ من جديد.

history = ما حدث من قبل
history-none = لا شيء بعد. هنا فقط ما طُلب وما جرى على هذا الهاتف.
told-signed = وقّعت
told-declined = قلت لا
told-lapsed = انتهى الوقت
told-lie = لم يتوافق
told-paired = قرنت هذا الهاتف
told-taken = استرجعت موافقة
told-complained = اشتكيت
told-erased = محا الجهاز ما كان يحفظه عنك
told-reverted = أنهيت استعادة

devices = هواتفي
device-own = هذا هو الذي في يدك.
device-until = حتى { $time }
device-ended = أُزيل في { $time }
device-end = أزله
ending-title = هل تزيل «{ $label }»؟
ending-body = لا يقبله الجهاز بعد الآن، فورًا. لا رجوع في ذلك؛ لكن يمكن قرنه من جديد.
ending-own = هو الهاتف الذي في يدك. لا يقبله الجهاز بعد الآن، فورًا. ويمكن قرنه من جديد.
unlock = دعني أحاول من جديد عند الجهاز

works = أعمالي
works-none = لم يُوافَق هنا على شيء مما تملك.
works-since = مسموح منذ
works-until = مسموح حتى
works-taken = استُرجعت
works-complaints = الشكاوى
taking = استرجعها
taking-title = هل تسترجع «{ $title }»؟
taking-body = من الآن لا يعتمد أحد على هذه الموافقة. لا رجوع في ذلك؛ لكن يمكن طلبها من جديد.
taken-title = استُرجعت
taken-body = وُقّعت وهي في سجل الجهاز. من يطلب الموافقة يُخبَر بذلك.
complaining = اشتكِ
complaining-title = ما الخطأ في هذا الاستعمال لـ«{ $title }»؟
complaining-body = تُوقَّع كلماتك ويقرؤها كل من يسأل عن هذا الطلب. الشكوى وحدها لا تنهي شيئًا.
complaining-go = وقّع وأرسل
field-words = كلماتك
complained-title = وصلت شكواك
complained-body = وُقّعت وهي في سجل الجهاز.

template = ما يحفظه الجهاز عني
template-since = منذ
template-body = وجهك وصوتك أرقامًا، مقفلة على شريحة الجهاز. لا صورة ولا تسجيل.
template-none = لا يحفظ هذا الجهاز عنك شيئًا.
template-renew = لتجديده سجّل نفسك من جديد عند الجهاز بهذا الهاتف. يحل الجديد محل القديم.
erasing = امحه
erasing-title = هل يُمحى ما يحفظه الجهاز عنك؟
erasing-body = لا يمكنك الموافقة عند هذا الجهاز حتى تسجّل نفسك من جديد. يوقّع الجهاز إيصالًا.
erased-title = مُحي
erased-body = وقّع الجهاز أنه محاه. يحفظ هذا الهاتف الإيصال.
erased-receipt = رقم الإيصال
save = احفظ الإيصال
receipts = إيصالات يحفظها هذا الهاتف

keys = مفاتيحي
keys-none = لم يُقل شيء عن مفاتيحك. المفتاح الذي سجّلت به يفعل كل شيء.
keys-approving = مفاتيح توقّع عنك
keys-admins = مفاتيح تقول أي مفاتيح لك
keys-agents = معاونون إن ضاع كل شيء
keys-needed = يلزم { $count } من { $all }
keys-nobody = لا أحد
keys-told = ما قيل عنها
key-set = حُدّدت مفاتيحك
key-accept = قُبل مفتاح
key-recover = يطلب معاون لك مفاتيح جديدة
key-support = يريد معاون آخر الشيء نفسه
key-revert = أُنهيت استعادة
key-other = شيء لا تعرفه هذه الصفحة
key-by = وُقّع بـ
key-own = الذي في هذا الهاتف
key-then = مفاتيح توقّع عنك حينئذ
key-wants = معاونون يريدونها
key-of = { $count } من { $needed } اللازمين
key-holds = تسري من
key-open = تسري بعد سبعة أيام من أن يريدها عدد كافٍ من معاونيك. إن لم تطلبها فأنهها.
revert = أنهِ هذه الاستعادة
reverted-title = انتهى
reverted-body = انتهت الاستعادة. تبقى مفاتيحك كما هي.

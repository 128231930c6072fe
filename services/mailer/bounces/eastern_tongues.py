"""The words of Semitic and of Asian languages, as in `tongues.py`."""

from __future__ import annotations

from services.mailer.bounces.tongue import Tongue, words

ARABIC = Tongue(
    person=words("المستخدم|المستلم|صندوق|الحساب|العنوان|مستخدم|مستلم|عنوان|بريد"),
    absent=words("غير موجود|غير معروف|لا يوجد|غير صالح|لم يتم العثور|تعذر العثور"),
    full=words("ممتلئ"),
    asleep=words("معطل|موقوف|معلق"),
    sender=words("المرسل"),
    refused=words("مرفوض|محظور|غير مصرح|غير صالح|غير معروف|غير موجود|لا يوجد"),
    message=words("الرسالة|رسالة|رسائل|الرسائل"),
    many=words("كثيرة? جدا|عدد كبير"),
    large=words("كبيرة? جدا"),
    server=words("ip\\b"),
)
HEBREW = Tongue(
    person=words("משתמש|המשתמש|הנמען|נמען|תיבת|החשבון|הכתובת|כתובת"),
    absent=words("לא קיים|לא קיימת|אינו קיים|אינה קיימת|לא נמצא|לא ידוע"),
    full=words("מלאה"),
    asleep=words("מושבת|מושעה|חסום"),
    sender=words("השולח"),
    refused=words("נדחה|חסום|לא קיי|אינו קיים|אינה קיימת|לא תקינ|לא ידוע"),
    message=words("ההודעה|הודעה|הודעות|ההודעות"),
    many=words("יותר מדי"),
    large=words("גדולה מדי"),
    server=words("ip\\b"),
)
JAPANESE = Tongue(
    person=words("ユーザ|宛先|あて先|メールアドレス|メール アドレス|受信者|アカウント|メールボックス|受信トレイ"),
    absent=words("見つかりません|見つかりませんでした|存在しません|不明|存在しない"),
    full=words("いっぱい|一杯|容量|超過|満杯"),
    asleep=words("停止|凍結|休止|無効"),
    sender=words("送信者|送信元|差出人"),
    server=words("ip"),
    message=words("メッセージ|メール"),
    refused=words("拒否|ブロック|無効|許可され|存在しません"),
    spam=words("迷惑|スパム|ウイルス"),
    many=words("多すぎ|通数|件数|頻度|数が|数の|数を|数は"),
    large=words("大きすぎ|超過"),
)
CHINESE = Tongue(
    person=words("用户|收件人|邮箱|地址|帐号|账号|账户|帐户|用戶|使用者|信箱|帳號|收件者"),
    absent=words(
        "不存在|找不到|无效|無效|已注销|未找到|不正确|错误|没有该|未[开開]通(?! ?(?:smtp|pop|imap))|沒有該|查无|查無"
    ),
    full=words("已满|已滿|容量|空间不足|超出|超过|配额|已滿|空间不够|空間不"),
    asleep=words("禁用|停用|冻结|凍結|锁定|过期|暂停"),
    sender=words("发件人|發件人|寄件者|发信人|发送方"),
    server=words("ip"),
    message=words("邮件|郵件|信件"),
    refused=words("拒绝|拒絕|无效|禁止|不存在|被拒|黑名单|屏蔽|未授权|找不到|未找到|不正确|無效|查无|查無|未知"),
    spam=words("垃圾|病毒|广告"),
    many=words("过多|太多|過多|频繁|頻繁|频率|頻率|数量|數量"),
    large=words("太大|过大|過大"),
)
KOREAN = Tongue(
    person=words("사용자|수신자|받는 사람|메일 주소|계정|주소|편지함|사서함|메일함"),
    absent=words("존재하지 않|찾을 수 없|없습니다|잘못된|유효하지 않"),
    full=words("가득|용량|초과"),
    asleep=words("중지|정지|휴면|비활성"),
    sender=words("발신자|보낸 사람|보내는 사람"),
    message=words("메시지|메일(?!함)"),
    refused=words("거부|차단|허용되지|존재하지|찾을 수 없|알 수 없"),
    spam=words("스팸"),
    many=words("너무 (?:많|자주)|건수|횟수"),
    large=words("너무 (?:크|큽|큰|커)"),
    server=words("ip\\b"),
)
VIETNAMESE = Tongue(
    person=words("người nhận|người dùng|hộp thư|tài khoản|địa chỉ"),
    absent=words("không tồn tại|không tìm thấy|không hợp lệ|không có *$"),
    full=words("đầy|vượt quá|hết dung lượng|không (?:có|còn|đủ)(?: đủ)? (?:chỗ|dung lượng|không gian)"),
    message=words("thư|tin nhắn"),
    many=words("quá nhiều"),
    large=words("quá lớn"),
    sender=words("người gửi|bên gửi"),
    server=words("ip\\b|máy chủ của bạn"),
    refused=words("từ chối|bị chặn|không được phép|không hợp lệ|không tồn tại|không tìm thấy|không xác định"),
)
INDONESIAN = Tongue(  # and Malay
    person=words("pengguna|penerima|kotak surat|kotak masuk|akun|akaun|alamat"),
    absent=words(
        "tidak ditemukan|tidak ada(?! (?:izin|akses|hak)\\b)|tidak dikenal|tidak valid|tidak wujud|tidak ditemui"
    ),
    full=words("penuh|melebihi|tidak (?:ada|cukup|memiliki)(?: cukup)? (?:ruang|tempat)|kekurangan ruang"),
    message=words("pesan|mesej"),
    many=words("terlalu (?:banyak|sering)"),
    large=words("terlalu besar"),
    sender=words("pengirim|penghantar"),
    server=words("alamat ip|ip\\b|server anda|pelayan anda"),
    refused=words(
        "ditolak|diblokir|disekat|dilarang|tidak (?:valid|sah|dikenal|diketahui|ditemu|ada|wujud|diizin|dibenar)"
    ),
)

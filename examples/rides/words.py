"""The words the demo data is made of: cities, streets, names, cars, banks, each in Chinese and English."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    code: str
    zh: str
    en: str
    plate: str
    lat: float
    lon: float
    districts: tuple[tuple[str, str], ...]


CITIES = (
    City(
        code="BJ",
        zh="北京市",
        en="Beijing",
        plate="京A",
        lat=39.9042,
        lon=116.4074,
        districts=(
            ("朝阳区", "Chaoyang"),
            ("海淀区", "Haidian"),
            ("丰台区", "Fengtai"),
            ("通州区", "Tongzhou"),
        ),
    ),
    City(
        code="SH",
        zh="上海市",
        en="Shanghai",
        plate="沪A",
        lat=31.2304,
        lon=121.4737,
        districts=(("浦东新区", "Pudong"), ("徐汇区", "Xuhui"), ("静安区", "Jing'an"), ("杨浦区", "Yangpu")),
    ),
    City(
        code="GZ",
        zh="广州市",
        en="Guangzhou",
        plate="粤A",
        lat=23.1291,
        lon=113.2644,
        districts=(("天河区", "Tianhe"), ("越秀区", "Yuexiu"), ("海珠区", "Haizhu")),
    ),
    City(
        code="SZ",
        zh="深圳市",
        en="Shenzhen",
        plate="粤B",
        lat=22.5431,
        lon=114.0579,
        districts=(("南山区", "Nanshan"), ("福田区", "Futian"), ("宝安区", "Bao'an")),
    ),
    City(
        code="CD",
        zh="成都市",
        en="Chengdu",
        plate="川A",
        lat=30.5728,
        lon=104.0668,
        districts=(("武侯区", "Wuhou"), ("锦江区", "Jinjiang"), ("青羊区", "Qingyang")),
    ),
    City(
        code="HZ",
        zh="杭州市",
        en="Hangzhou",
        plate="浙A",
        lat=30.2741,
        lon=120.1551,
        districts=(("西湖区", "Xihu"), ("滨江区", "Binjiang"), ("余杭区", "Yuhang")),
    ),
    City(
        code="WH",
        zh="武汉市",
        en="Wuhan",
        plate="鄂A",
        lat=30.5928,
        lon=114.3055,
        districts=(("洪山区", "Hongshan"), ("江汉区", "Jianghan")),
    ),
    City(
        code="XA",
        zh="西安市",
        en="Xi'an",
        plate="陕A",
        lat=34.3416,
        lon=108.9398,
        districts=(("雁塔区", "Yanta"), ("碑林区", "Beilin")),
    ),
)

STREETS = (
    ("中山路", "Zhongshan Rd"),
    ("人民路", "Renmin Rd"),
    ("解放大道", "Jiefang Ave"),
    ("建设路", "Jianshe Rd"),
    ("文化路", "Wenhua Rd"),
    ("学院路", "Xueyuan Rd"),
    ("科技园路", "Kejiyuan Rd"),
    ("滨河路", "Binhe Rd"),
    ("和平街", "Heping St"),
    ("新华街", "Xinhua St"),
    ("长江路", "Changjiang Rd"),
    ("花园路", "Huayuan Rd"),
)

SURNAMES = (
    ("王", "Wang"),
    ("李", "Li"),
    ("张", "Zhang"),
    ("刘", "Liu"),
    ("陈", "Chen"),
    ("杨", "Yang"),
    ("黄", "Huang"),
    ("赵", "Zhao"),
    ("吴", "Wu"),
    ("周", "Zhou"),
    ("徐", "Xu"),
    ("孙", "Sun"),
    ("马", "Ma"),
    ("朱", "Zhu"),
    ("胡", "Hu"),
    ("郭", "Guo"),
    ("何", "He"),
    ("林", "Lin"),
    ("高", "Gao"),
    ("欧阳", "Ouyang"),
)

GIVEN_NAMES = (
    ("伟", "Wei"),
    ("芳", "Fang"),
    ("娜", "Na"),
    ("敏", "Min"),
    ("静", "Jing"),
    ("强", "Qiang"),
    ("磊", "Lei"),
    ("洋", "Yang"),
    ("艳", "Yan"),
    ("勇", "Yong"),
    ("军", "Jun"),
    ("杰", "Jie"),
    ("秀英", "Xiuying"),
    ("建国", "Jianguo"),
    ("晓明", "Xiaoming"),
    ("子涵", "Zihan"),
    ("雨欣", "Yuxin"),
    ("浩然", "Haoran"),
    ("思远", "Siyuan"),
    ("佳怡", "Jiayi"),
    ("一诺", "Yinuo"),
    ("俊杰", "Junjie"),
)

ENGLISH_NAMES = (
    "Emma Brown",
    "Oliver Smith",
    "Sofia García",
    "Lucas Müller",
    "Ava Johnson",
    "Noah Wilson",
    "Mia Rossi",
    "Liam O'Connor",
    "Chloé Martin",
    "Hugo Dubois",
    "Ella Novák",
    "Jack Taylor",
)

CARS = ("比亚迪 秦PLUS", "大众 朗逸", "丰田 卡罗拉", "广汽 埃安S", "吉利 帝豪", "别克 微蓝6", "Tesla Model 3")
BIKE_MODELS = ("P7", "P7-Lite", "E3", "E3-Pro")
FAULTS = ("刹车失灵", "链条脱落", "座椅松动", "二维码损坏", "轮胎漏气", "车锁打不开")
BANKS = ("招商银行", "工商银行", "建设银行", "中国银行", "交通银行")
WALLETS = ("小蓝钱包", "随行宝", "e卡通")
COUPONS = ("骑行立减券", "新人礼包", "雨天出行券", "周末打车券", "会员月度券", "服务补偿券")
MOBILE_PREFIXES = ("135", "138", "139", "150", "158", "177", "186", "188")
